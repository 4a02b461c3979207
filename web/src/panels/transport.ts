// The bar at the bottom: reset, pause, single step, speed, and how fast it really runs.

import { el, iconButton, setPressed, swapIcon, write } from '../dom.ts';
import { factor, quantity, speedName } from '../format.ts';
import { bindLabel, language, setLabel, t } from '../i18n/index.ts';
import type { Send, State } from '../state.ts';

const kSpeeds = [0.125, 0.25, 0.5, 1, 2, 4];

export interface TransportActions {
  reset(): void;
  pause(): void;
  step(): void;
}

export function transportActions(state: State, send: Send): TransportActions {
  const pause = (on: boolean): void => {
    if (!send({ type: 'pause', on })) return;
    const status = state.status.value;
    if (status) state.status.set({ ...status, paused: on }); // shown at once; the server's next status confirms it
  };
  return {
    reset: () => void send({ type: 'reset' }),
    pause: () => pause(!(state.status.value?.paused ?? false)),
    step: () => {
      if (!state.status.value?.paused) pause(true);
      send({ type: 'step' });
    },
  };
}

export function makeTransport(state: State, send: Send, actions: TransportActions): { box: HTMLElement; update(): void } {
  const pause = iconButton('pause', 'pause', actions.pause, { class: 'big', attrs: { 'data-action': 'pause' } });
  const speeds = kSpeeds.map((speed) => {
    const button = el('button', { class: 'segment', attrs: { 'data-speed': String(speed) } }, speedName(speed));
    button.type = 'button';
    button.addEventListener('click', () => send({ type: 'speed', factor: speed }));
    return button;
  });
  const real = el('span', { class: 'real', attrs: { 'data-testid': 'rtf' } });
  const time = el('span', { class: 'sim-time', label: 'sim_time' });
  const falls = el('span', { class: 'falls' });
  const box = el('div', { class: 'transport card', label: 'transport', attrs: { role: 'group' } },
    el('div', { class: 'transport-buttons' },
      iconButton('reset', 'reset', actions.reset, { attrs: { 'data-action': 'reset' } }),
      pause,
      iconButton('step', 'step', actions.step, { attrs: { 'data-action': 'step' } })),
    el('div', { class: 'segments', label: 'speed', attrs: { role: 'group' } }, ...speeds),
    el('div', { class: 'readout' }, real, el('div', { class: 'readout-row' }, time, falls)));
  box.removeAttribute('title');

  const show = (): void => {
    const status = state.status.value;
    const paused = status?.paused ?? false;
    swapIcon(pause, paused ? 'play' : 'pause');
    bindLabel(pause, paused ? 'resume' : 'pause');
    kSpeeds.forEach((speed, i) => {
      setPressed(speeds[i], status?.speed === speed);
      setLabel(speeds[i], t('speed_of', { factor: speedName(speed) }));
    });
    write(real, t('true_speed', { factor: factor(paused ? 0 : (status?.rtf ?? 0)) }));
    const n = status?.falls ?? 0;
    write(falls, n ? t(n === 1 ? 'falls_one' : 'falls_other', { n }) : '');
  };
  state.status.watch(show);
  language.onChange(show);
  return { box, update: () => write(time, quantity(state.playback.simTime, 's', 1)) };
}
