// Torques: every joint as a share of its limit (bars), and the chosen joints over time with their limits.

import { el, write } from '../dom.ts';
import { percent, quantity } from '../format.ts';
import { kHistorySeconds } from '../history.ts';
import { language, t } from '../i18n/index.ts';
import type { State } from '../state.ts';
import { Chart, lineColor, type Column, type SeriesSpec } from './chart.ts';
import { makeJointList, jointLabel, type JointChoice } from './joint_choice.ts';
import type { Tab } from './plots.ts';

const kTorque = 2;
const kHighShare = 0.8;

export function makeTorquesPlot(state: State, choice: JointChoice): Tab {
  const chart = new Chart({ title: () => t('torques_title'), unit: 'N·m', digits: 1, span: 4, height: 190, include: [0] });
  const bars = makeBars(state, choice);
  const empty = el('p', { class: 'note', text: 'no_joints' });
  const box = el('div', { class: 'tab-page' }, el('h2', { text: 'share_title' }), bars.box, chart.box, empty, makeJointList(choice, state));
  let indices: number[] = [];
  const limits: Float64Array[] = [];
  const refresh = (): void => {
    indices = choice.indices();
    empty.hidden = indices.length > 0;
    chart.setSeries([
      ...indices.map((joint, i): SeriesSpec => ({ label: () => jointLabel(choice.joints, joint), color: lineColor(i), width: 1.8 })),
      ...indices.flatMap((_joint, i): SeriesSpec[] => [1, -1].map((sign) => ({
        label: () => t('torque_limit'), color: `${lineColor(i)}66`, dash: true, width: 1, quiet: i > 0 || sign < 0 || indices.length > 1,
      }))),
    ]);
  };
  choice.chosen.watch(refresh);
  state.scene.onChange(refresh);
  language.onChange(refresh);
  const update = (): void => {
    const { history } = state;
    bars.update();
    const time = history.time();
    const peak = indices.reduce((most, joint) => Math.max(most, ...history.joint(joint, kTorque).slice(-480).map(Math.abs)), 0);
    const limit = (joint: number, sign: number, slot: number): Column => {
      const most = choice.joints[joint]?.torque_max ?? 0;
      // A limit far outside the curves would flatten them: its line is drawn once they come near, the bars show the rest.
      return constant(most > 0 && most < 2.5 * peak ? sign * most : null, time.length, limits, slot);
    };
    const columns = [
      ...indices.map((joint): Column => history.joint(joint, kTorque)),
      ...indices.flatMap((joint, i) => [limit(joint, 1, 2 * i), limit(joint, -1, 2 * i + 1)]),
    ];
    chart.draw(time, columns, [history.newest - kHistorySeconds + 4, history.newest]);
  };
  return { name: 'torques', title: 'tab_torques', box, update, points: () => chart.points };
}

function constant(value: number | null, length: number, kept: Float64Array[], slot: number): Column {
  if (value === null) return Array<number>(length).fill(null as unknown as number);
  if (!kept[slot] || kept[slot].length < length) kept[slot] = new Float64Array(2 * length);
  return kept[slot].subarray(0, length).fill(value);
}

/** One upright bar a joint; its name and numbers appear under the pointer or the focus. */
function makeBars(state: State, choice: JointChoice): { box: HTMLElement; update(): void } {
  const row = el('div', { class: 'bars' });
  const say = el('p', { class: 'note bars-note' });
  let fills: HTMLElement[] = [];
  let looked = -1;
  const rebuild = (): void => {
    looked = -1;
    fills = choice.joints.map(() => el('span', { class: 'bar-fill' }));
    row.replaceChildren(...fills.map((fill, i) => {
      const bar = el('span', { class: 'bar', attrs: { tabindex: '0', role: 'img' } }, fill);
      const look = (): void => void (looked = i);
      bar.addEventListener('pointerenter', look);
      bar.addEventListener('focus', look);
      return bar;
    }));
  };
  let key = '';
  state.scene.watch((scene) => {
    const now = scene?.joints.map((joint) => joint.name).join() ?? '';
    if (now !== key || !fills.length) rebuild();
    key = now;
  });
  row.addEventListener('pointerleave', () => (looked = -1));
  const update = (): void => {
    let most = 0;
    let mostAt = 0;
    choice.joints.forEach((joint, i) => {
      const torque = state.history.joint(i, kTorque).at(-1) ?? 0;
      const share = joint.torque_max > 0 ? Math.min(1, Math.abs(torque) / joint.torque_max) : 0;
      if (share > most) [most, mostAt] = [share, i];
      fills[i].style.transform = `scaleY(${share.toFixed(3)})`;
      fills[i].classList.toggle('high', share > kHighShare);
    });
    const i = looked >= 0 ? looked : mostAt;
    const joint = choice.joints[i];
    if (!joint) return;
    const torque = state.history.joint(i, kTorque).at(-1) ?? 0;
    const text = t('share_of_limit', {
      name: jointLabel(choice.joints, i), torque: quantity(torque, 'N·m', 1), limit: quantity(joint.torque_max, 'N·m', 0),
      share: percent(joint.torque_max > 0 ? Math.abs(torque) / joint.torque_max : 0),
    });
    write(say, text);
    if (looked >= 0) row.children[i].setAttribute('aria-label', text);
  };
  return { box: el('div', { class: 'bars-box' }, row, say), update };
}
