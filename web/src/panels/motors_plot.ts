// Motors: the torque-speed plane of a joint with the region its drive reaches and the walk's operating points, and every joint by the
// share of its drive that it uses. Reads: state.scene, state.history. The plane shows the joint chosen in the list, else the bottleneck.

import { el, write } from '../dom.ts';
import { percent, quantity } from '../format.ts';
import { kHistorySeconds } from '../history.ts';
import { language, t, tName } from '../i18n/index.ts';
import type { JointInfo } from '../protocol.ts';
import type { State } from '../state.ts';
import { limitsOf, rankJoints, type Limits, type Ranked } from './drive_limits.ts';
import { jointLabel } from './joint_choice.ts';
import { drawPlane, kHeldColor, kPeakColor, kPointColor } from './plane.ts';
import type { Tab } from './plots.ts';

const kVelocity = 1;
const kTorque = 2;
const kRankEveryMs = 500;
const kHigh = 0.8;

export function makeMotorsPlot(state: State): Tab {
  const canvas = el('canvas', { class: 'plane', attrs: { role: 'img' } });
  const name = el('h2');
  const follow = el('button', { class: 'link', text: 'motors_follow' });
  follow.type = 'button';
  const sheet = el('p', { class: 'note', attrs: { 'data-testid': 'motor-sheet' } });
  const note = el('p', { class: 'note' });
  const held = legend(kHeldColor, 'motors_held');
  const list = makeRanking();
  const box = el('div', { class: 'tab-page' },
    el('div', { class: 'motors-head' }, name, follow), canvas,
    el('div', { class: 'motors-legend note' }, legend(kPeakColor, 'motors_peak'), held, legend(kPointColor, 'measured')),
    sheet, note, el('h2', { text: 'motors_ranking' }), list.box, el('p', { class: 'note', text: 'motors_ranking_note' }));

  let joints: JointInfo[] = [];
  let limits: (Limits | null)[] = [];
  let ranked: Ranked[] = [];
  let chosen = ''; // by name: it outlives a change of policy; '': the bottleneck
  let rankedMs = -Infinity;
  let points = 0;
  state.scene.watch((scene) => {
    joints = scene?.joints ?? [];
    limits = joints.map(limitsOf);
    if (!joints.some((joint) => joint.name === chosen)) chosen = '';
    ranked = [];
    rankedMs = -Infinity;
  });
  const look = (joint: string): void => {
    chosen = joint;
    draw();
  };
  follow.addEventListener('click', () => look(''));
  const shown = (): number => {
    const at = joints.findIndex((joint) => joint.name === chosen);
    return at >= 0 ? at : (ranked[0]?.joint ?? limits.findIndex((limit) => limit !== null));
  };
  const draw = (): void => {
    const joint = shown();
    follow.hidden = chosen === '';
    const limit = limits[joint] ?? null;
    const velocity = state.history.joint(Math.max(0, joint), kVelocity);
    points = joint < 0 ? 0 : velocity.length;
    write(name, joint < 0 ? t('motors_title') : `${t('motors_title')}: ${jointLabel(joints, joint)}`);
    write(sheet, describeSheet(joints[joint], limit));
    write(note, t('motors_note', { seconds: quantity(kHistorySeconds, 's', 0) }));
    held.hidden = !limit?.curve.some(([, , torque]) => torque > 0);
    drawPlane(canvas, limit, velocity, state.history.joint(Math.max(0, joint), kTorque), joint >= 0);
    canvas.setAttribute('aria-label', name.textContent);
    list.show(ranked, joints, joint, look);
  };
  const update = (): void => {
    const now = performance.now();
    if (now - rankedMs > kRankEveryMs && state.history.jointCount === joints.length) {
      rankedMs = now;
      ranked = rankJoints(limits, (joint) => state.history.joint(joint, kVelocity), (joint) => state.history.joint(joint, kTorque));
    }
    draw();
  };
  language.onChange(draw);
  return { name: 'motors', title: 'tab_motors', box, update, points: () => points };
}

function legend(color: string, text: 'motors_peak' | 'motors_held' | 'measured'): HTMLElement {
  const swatch = el('span', { class: 'swatch' });
  swatch.style.color = color;
  return el('span', { class: 'legend-item' }, swatch, el('span', { text }));
}

function describeSheet(joint: JointInfo | undefined, limits: Limits | null): string {
  if (!joint) return '';
  if (!limits) return t('motors_no_limit');
  if (joint.drive && limits.sheet) return t('motors_sheet', { title: joint.drive.title, kind: tName('drive_', joint.drive.kind) });
  return t(Number.isFinite(limits.speed) ? 'motors_plain' : 'motors_no_speed');
}

interface Row {
  box: HTMLButtonElement;
  name: HTMLElement;
  fill: HTMLElement;
  peak: HTMLElement;
  share: HTMLElement;
  by: HTMLElement;
}

/** Rows stay where they are in the document and are filled anew: a click always meets what it saw. */
function makeRanking(): { box: HTMLElement; show(ranked: Ranked[], joints: JointInfo[], chosen: number, look: (joint: string) => void): void } {
  const box = el('div', { class: 'motor-list' });
  const rows: Row[] = [];
  let look: (joint: string) => void = () => undefined;
  const addRow = (): void => {
    const fill = el('span', { class: 'motor-fill' });
    const peak = el('span', { class: 'motor-peak' });
    const row: Row = {
      box: el('button', { class: 'motor-row' }), name: el('span', { class: 'motor-name' }), fill, peak,
      share: el('span', { class: 'motor-share' }), by: el('span', { class: 'motor-by' }),
    };
    row.box.type = 'button';
    row.box.append(row.name, el('span', { class: 'motor-track' }, fill, peak), row.share, row.by);
    row.box.addEventListener('click', () => look(row.box.dataset.joint ?? ''));
    rows.push(row);
    box.append(row.box);
  };
  const show = (ranked: Ranked[], joints: JointInfo[], chosen: number, choose: (joint: string) => void): void => {
    look = choose;
    while (rows.length < ranked.length) addRow();
    while (rows.length > ranked.length) rows.pop()?.box.remove();
    ranked.forEach((one, i) => {
      const row = rows[i];
      row.box.dataset.joint = joints[one.joint].name;
      row.box.dataset.high = String(one.usual > kHigh);
      row.box.setAttribute('aria-pressed', String(one.joint === chosen));
      const by = t(`motors_by_${one.by}`);
      write(row.name, jointLabel(joints, one.joint));
      write(row.share, percent(one.usual));
      write(row.by, by);
      row.box.title = t('motors_row', { name: jointLabel(joints, one.joint), share: percent(one.usual), peak: percent(one.peak), by });
      row.fill.style.transform = `scaleX(${Math.min(1, one.usual).toFixed(3)})`;
      row.peak.style.left = `${(100 * Math.min(1, one.peak)).toFixed(1)}%`;
    });
  };
  return { box, show };
}
