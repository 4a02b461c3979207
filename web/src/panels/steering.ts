// The steering pad: a disc for forward and sideways, a bar for turning; both spring back unless held.
// It always shows the command the server reports, whoever gave it (keys, gamepad, another page).

import { el, icon, setPressed, textButton, write } from '../dom.ts';
import { quantity } from '../format.ts';
import { titleOf } from '../bodies.ts';
import { language, t } from '../i18n/index.ts';
import type { Commander } from '../input/command.ts';
import type { Signal } from '../signal.ts';
import type { State } from '../state.ts';

const kKnobReach = 0.36; // of the disc's width

export function makeSteering(state: State, commander: Commander, gamepad: Signal<boolean>): { box: HTMLElement; update(): void } {
  const disc = makeDisc();
  const bar = makeBar();
  const axes = { vx: 0, vy: 0, wz: 0 };
  const give = (): void => commander.set('pad', [axes.vx, axes.vy, axes.wz]);
  const spring = (which: 'disc' | 'bar') => (): void => {
    if (commander.hold.value) return;
    if (which === 'disc') axes.vx = axes.vy = 0;
    else axes.wz = 0;
    give();
  };
  drag(disc.box, (x, y) => {
    const size = Math.max(1, Math.hypot(x, y));
    axes.vx = -y / size;
    axes.vy = -x / size;
    give();
  }, spring('disc'));
  drag(bar.box, (x) => {
    axes.wz = -Math.max(-1, Math.min(1, x));
    give();
  }, spring('bar'));

  const stop = textButton('stop', () => {
    axes.vx = axes.vy = axes.wz = 0;
    commander.stop();
  }, 'stop');
  stop.dataset.action = 'stop';
  const hold = textButton('hold', () => commander.hold.set(!commander.hold.value), 'toggle');
  commander.hold.watch((on) => {
    setPressed(hold, on);
    if (on) return;
    axes.vx = axes.vy = axes.wz = 0;
    if (state.scene.value) give();
  });
  const values = el('dl', { class: 'steer-values' });
  const cells = (['forward', 'sideways', 'turn'] as const).map((key) => {
    const value = el('dd');
    values.append(el('div', {}, el('dt', { text: key }), value));
    return value;
  });
  const whom = el('p', { class: 'steer-whom', attrs: { 'data-testid': 'whom', role: 'status' } });
  const say = (): void => {
    whom.hidden = state.view.value !== 'stage';
    const robot = state.whom.value === 'all' ? undefined : state.robot(state.whom.value);
    write(whom, robot ? titleOf(robot) : t('whom_all'));
  };
  for (const signal of [state.view, state.whom, state.stage]) signal.onChange(say);
  language.onChange(say);
  say();
  const box = el('section', { class: 'steering card', label: 'steer' },
    whom, disc.box, bar.box, values, el('div', { class: 'steer-buttons' }, hold, stop), help(gamepad));
  box.removeAttribute('title');
  return { box, update: () => show(state, commander, disc, bar, cells) };
}

type Knob = { box: HTMLElement; knob: HTMLElement };

function makeDisc(): Knob {
  const knob = el('span', { class: 'knob' });
  const box = el('div', { class: 'disc', label: 'pad', attrs: { role: 'application', tabindex: '0' } },
    el('span', { class: 'disc-cross' }), el('span', { class: 'disc-ring' }), knob);
  return { box, knob };
}

function makeBar(): Knob {
  const knob = el('span', { class: 'knob small' });
  const box = el('div', { class: 'turnbar', label: 'turn', attrs: { role: 'application', tabindex: '0' } },
    el('span', { class: 'turn-left' }, '↺'), el('span', { class: 'turn-track' }), el('span', { class: 'turn-right' }, '↻'), knob);
  return { box, knob };
}

function help(gamepad: Signal<boolean>): HTMLElement {
  const line = el('p', { class: 'keys', text: 'keys_hint' });
  const pad = el('p', { class: 'keys gamepad' }, icon('gamepad'), el('span', { text: 'gamepad' }));
  gamepad.watch((on) => (pad.hidden = !on));
  return el('div', { class: 'keys-box' }, line, pad);
}

/** Pointer drags on `box`, as −1…1 of its half width and height from the middle. */
function drag(box: HTMLElement, moved: (x: number, y: number) => void, released: () => void): void {
  let pointer = -1;
  const tell = (event: PointerEvent): void => {
    const area = box.getBoundingClientRect();
    const half = kKnobReach * area.width;
    moved((event.clientX - area.left - area.width / 2) / half, (event.clientY - area.top - area.height / 2) / half);
  };
  box.addEventListener('pointerdown', (event) => {
    if (pointer >= 0 || event.button !== 0) return;
    pointer = event.pointerId;
    box.setPointerCapture(pointer);
    tell(event);
    event.preventDefault();
  });
  box.addEventListener('pointermove', (event) => event.pointerId === pointer && tell(event));
  const end = (event: PointerEvent): void => {
    if (event.pointerId !== pointer) return;
    pointer = -1;
    released();
  };
  box.addEventListener('pointerup', end);
  box.addEventListener('pointercancel', end);
}

function show(state: State, commander: Commander, disc: Knob, bar: Knob, cells: HTMLElement[]): void {
  const [vx, vy, wz] = state.lastCommand;
  const reach = 100 * kKnobReach;
  disc.knob.style.left = `${50 - reach * commander.shareOf(vy, 1)}%`;
  disc.knob.style.top = `${50 - reach * commander.shareOf(vx, 0)}%`;
  bar.knob.style.left = `${50 - reach * commander.shareOf(wz, 2)}%`;
  write(cells[0], quantity(vx, 'm/s'));
  write(cells[1], quantity(vy, 'm/s'));
  write(cells[2], quantity(wz, 'rad/s'));
  const said = t('pad_value', { vx: quantity(vx, 'm/s'), vy: quantity(vy, 'm/s') });
  if (disc.box.getAttribute('aria-valuetext') !== said) disc.box.setAttribute('aria-valuetext', said);
  const turn = t('turn_value', { wz: quantity(wz, 'rad/s') });
  if (bar.box.getAttribute('aria-valuetext') !== turn) bar.box.setAttribute('aria-valuetext', turn);
}
