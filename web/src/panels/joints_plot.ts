// Joint angles with their targets, in degrees, for the joints chosen.

import { el } from '../dom.ts';
import { kHistorySeconds } from '../history.ts';
import { language, t } from '../i18n/index.ts';
import type { State } from '../state.ts';
import { Chart, lineColor, type SeriesSpec } from './chart.ts';
import { makeJointList, jointLabel, type JointChoice } from './joint_choice.ts';
import { scale } from './motion_plot.ts';
import type { Tab } from './plots.ts';

const kDegrees = 180 / Math.PI;

export function makeJointsPlot(state: State, choice: JointChoice): Tab {
  const chart = new Chart({ title: () => t('angle'), unit: '°', digits: 1, span: 10, height: 250 });
  const empty = el('p', { class: 'note', text: 'no_joints' });
  const box = el('div', { class: 'tab-page' }, chart.box, empty, makeJointList(choice, state));
  let indices: number[] = [];
  const refresh = (): void => {
    indices = choice.indices();
    empty.hidden = indices.length > 0;
    chart.setSeries(indices.flatMap((joint, i): SeriesSpec[] => [
      { label: () => jointLabel(choice.joints, joint), color: lineColor(i), width: 1.8 },
      { label: () => t('target'), color: `${lineColor(i)}88`, dash: true, width: 1.2, quiet: i > 0 || indices.length > 1 },
    ]));
  };
  choice.chosen.watch(refresh);
  state.scene.onChange(refresh);
  language.onChange(refresh);
  const kept: Float64Array[] = [];
  const update = (): void => {
    const { history } = state;
    const window: [number, number] = [history.newest - kHistorySeconds + 4, history.newest];
    const columns = indices.flatMap((joint, i) => [
      scale(history.joint(joint, 0), kDegrees, kept, 2 * i), scale(history.joint(joint, 3), kDegrees, kept, 2 * i + 1),
    ]);
    chart.draw(history.time(), columns, window);
  };
  return { name: 'joints', title: 'tab_joints', box, update, points: () => chart.points };
}
