// Commanded against measured velocity, and how high the feet are lifted.

import { el } from '../dom.ts';
import { kHistorySeconds } from '../history.ts';
import { language, t, type TextKey } from '../i18n/index.ts';
import type { State } from '../state.ts';
import { Chart, kCommandColor, kMeasuredColor, lineColor, type Column } from './chart.ts';
import type { Tab } from './plots.ts';

const kAxes: { key: TextKey; unit: string; span: number }[] = [
  { key: 'vx', unit: 'm/s', span: 0.6 }, { key: 'vy', unit: 'm/s', span: 0.6 }, { key: 'wz', unit: 'rad/s', span: 0.8 },
];

export function makeMotionPlot(state: State): Tab {
  const charts = kAxes.map(({ key, unit, span }) => {
    const chart = new Chart({ title: () => t(key), unit, span, height: 104, include: [0] });
    chart.setSeries([
      { label: () => t('measured'), color: kMeasuredColor, width: 2 },
      { label: () => t('commanded'), color: kCommandColor, dash: true },
    ]);
    return chart;
  });
  const feet = new Chart({ title: () => t('gait_title'), unit: 'cm', digits: 1, span: 4, height: 92, include: [0] });
  feet.setSeries([{ label: () => t('foot_left'), color: lineColor(0) }, { label: () => t('foot_right'), color: lineColor(1) }]);
  language.onChange(() => [...charts, feet].forEach((chart) => chart.rename()));
  const box = el('div', { class: 'tab-page' },
    el('h2', { text: 'motion_title' }), ...charts.map((chart) => chart.box), el('p', { class: 'note', text: 'over_stride' }), feet.box);
  const scaled: Float64Array[] = [new Float64Array(0), new Float64Array(0)];
  const update = (): void => {
    const { history } = state;
    const window: [number, number] = [history.newest - kHistorySeconds + 2, history.newest];
    const time = history.time();
    charts.forEach((chart, axis) => chart.draw(time, [history.measured(axis), history.command(axis)], window));
    feet.draw(time, [0, 1].map((side) => scale(history.gait(2 + side), 100, scaled, side)), window);
  };
  return { name: 'motion', title: 'tab_motion', box, update, points: () => charts[0].points };
}

/** The column times `by`, in a kept array. */
export function scale(column: Column, by: number, kept: Float64Array[], slot: number): Float64Array {
  if (!kept[slot] || kept[slot].length < column.length) kept[slot] = new Float64Array(Math.max(64, 2 * column.length));
  const out = kept[slot].subarray(0, column.length);
  for (let i = 0; i < column.length; i++) out[i] = by * column[i];
  return out;
}
