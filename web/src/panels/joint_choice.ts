// The list of a robot's joints to tick; shared by the angle and the torque charts.

import { el, write } from '../dom.ts';
import { language, t, tName } from '../i18n/index.ts';
import type { JointInfo } from '../protocol.ts';
import { Signal } from '../signal.ts';
import type { State } from '../state.ts';
import { lineColor } from './chart.ts';

/** Joints on the charts, by name: the choice outlives a change of policy. */
export class JointChoice {
  readonly chosen = new Signal<string[]>([]);
  private key = '';

  constructor(private readonly state: State) {
    state.scene.watch((scene) => {
      const key = scene?.joints.map((joint) => joint.name).join() ?? '';
      if (key === this.key) return;
      this.key = key;
      this.chosen.set(firstChoice(scene?.joints ?? []));
    });
  }

  get joints(): JointInfo[] {
    return this.state.scene.value?.joints ?? [];
  }

  /** Indices of the chosen joints, in the robot's order. */
  indices(): number[] {
    const chosen = new Set(this.chosen.value);
    return this.joints.flatMap((joint, i) => (chosen.has(joint.name) ? [i] : []));
  }

  toggle(name: string): void {
    const now = this.chosen.value;
    this.chosen.set(now.includes(name) ? now.filter((one) => one !== name) : [...now, name]);
  }
}

const kLegRoles = /hip|knee|ankle/;

function firstChoice(joints: JointInfo[]): string[] {
  const left = joints.filter((joint) => joint.side === 'left' && /hip_pitch|knee|ankle_pitch/.test(joint.role));
  return (left.length ? left : joints.slice(0, 3)).map((joint) => joint.name);
}

export function makeJointList(choice: JointChoice, state: State): HTMLElement {
  const count = el('p', { class: 'note showing' });
  const list = el('div', { class: 'chips' });
  const button = (key: 'select_none' | 'select_legs' | 'select_all', pick: () => JointInfo[]): HTMLElement => {
    const one = el('button', { class: 'link', text: key });
    one.type = 'button';
    one.addEventListener('click', () => choice.chosen.set(pick().map((joint) => joint.name)));
    return one;
  };
  const buttons = el('div', { class: 'links' },
    button('select_legs', () => choice.joints.filter((joint) => kLegRoles.test(joint.role))),
    button('select_all', () => choice.joints), button('select_none', () => []));
  const refresh = (): void => {
    const shown = choice.indices();
    write(count, t('showing', { shown: shown.length, total: choice.joints.length }));
    list.replaceChildren(...choice.joints.map((joint, i) => {
      const at = shown.indexOf(i);
      const chip = el('button', { class: 'chip', attrs: { 'aria-pressed': String(at >= 0), title: joint.name } }, jointLabel(choice.joints, i));
      chip.type = 'button';
      if (at >= 0) chip.style.setProperty('--chip', lineColor(at));
      chip.addEventListener('click', () => choice.toggle(joint.name));
      return chip;
    }));
  };
  choice.chosen.watch(refresh);
  state.scene.onChange(refresh);
  language.onChange(refresh);
  return el('div', { class: 'joint-list' }, el('div', { class: 'row' }, count, buttons), list);
}

/** A joint by its role and side where they tell it apart from all others, otherwise by its own name. */
export function jointLabel(joints: JointInfo[], index: number): string {
  const joint = joints[index];
  if (!joint) return '';
  const role = tName('role_', joint.role);
  const twins = joints.filter((other) => other.role === joint.role && other.side === joint.side);
  if (role === joint.role || twins.length > 1) return prettyName(joint.name);
  return joint.side === 'left' || joint.side === 'right' ? t(`side_${joint.side}`, { role }) : role;
}

/** left_hip_pitch_joint → left hip pitch: robot files end most joint names the same way. */
function prettyName(name: string): string {
  return name.replace(/_?joint$/i, '').replace(/_/g, ' ').trim() || name;
}
