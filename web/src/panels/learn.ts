// "Learn to walk": choose a body, start, watch. Curves, time left and speed come from the server's `train` messages;
// the robot on the stage is the run's newest checkpoint.

import { bodyOptions } from '../bodies.ts';
import { el, textButton, write } from '../dom.ts';
import { clock, count, number } from '../format.ts';
import { language, t, type TextKey } from '../i18n/index.ts';
import type { Send, State, TrainView } from '../state.ts';
import { makeCurves } from './curves.ts';
import type { Tab } from './plots.ts';

export function makeLearn(state: State, send: Send): Tab {
  const select = el('select', { label: 'learn_body', attrs: { id: 'learn-body' } });
  select.addEventListener('change', () => select.blur());
  const start = textButton('learn_start', () => send({ type: 'train', action: 'start', body: select.value }), 'primary wide');
  const stop = textButton('learn_stop', () => send({ type: 'train', action: 'stop', run: state.train.value?.run }), 'danger');
  const watch = textButton('learn_watch', () => send({ type: 'train', action: 'follow', run: state.train.value?.run }));
  const play = textButton('learn_play', () => send({ type: 'train', action: 'play', run: state.train.value?.run }));
  for (const [button, action] of [[start, 'start'], [stop, 'stop'], [watch, 'follow'], [play, 'play']] as const) {
    button.dataset.train = action;
  }
  const progress = makeProgress();
  const curves = makeCurves();
  const box = el('div', { class: 'tab-page learn' },
    el('h2', { text: 'learn_title' }), el('p', { class: 'note', text: 'learn_intro' }),
    el('label', { class: 'field' }, el('span', { text: 'learn_body' }), select),
    el('div', { class: 'learn-buttons' }, start, stop, watch, play), progress.box, curves.box);

  const fill = (): void => {
    const now = select.value || state.scene.value?.body || '';
    select.replaceChildren(...bodyOptions(state.bodies.value, now, false));
  };
  const refresh = (): void => {
    const train = state.train.value;
    const busy = train?.state === 'starting' || train?.state === 'running';
    const following = state.scene.value?.mode === 'train';
    start.hidden = select.disabled = busy;
    stop.hidden = !busy;
    watch.hidden = !busy || following;
    play.hidden = !following;
    start.disabled = state.connection.value !== 'open' || !state.bodies.value.length;
    write(start.firstElementChild!, t(train && !busy ? 'learn_restart' : 'learn_start'));
    start.firstElementChild!.setAttribute('data-text', train && !busy ? 'learn_restart' : 'learn_start');
    progress.show(train, following);
    curves.set(train);
  };
  state.bodies.watch(fill);
  language.onChange(() => {
    fill();
    refresh();
    curves.rename();
  });
  for (const signal of [state.scene, state.train, state.connection]) signal.onChange(refresh);
  state.scene.onChange((scene) => {
    if (scene && !select.disabled && document.activeElement !== select) select.value = scene.body;
  });
  refresh();
  return { name: 'learn', title: 'tab_learn', box, update: curves.draw, points: curves.points };
}

function makeProgress(): { box: HTMLElement; show(train: TrainView | null, onStage: boolean): void } {
  const phase = el('span', { class: 'learn-phase', attrs: { 'data-testid': 'learn-state', role: 'status' } });
  const share = el('span', { class: 'learn-share' });
  const fill = el('span', { class: 'progress-fill' });
  const track = el('div', { class: 'progress', attrs: { role: 'progressbar', 'aria-valuemin': '0', 'aria-valuemax': '100' } }, fill);
  const cell = (key: TextKey): [HTMLElement, HTMLElement] => {
    const value = el('dd');
    return [el('div', {}, value, el('dt', { text: key })), value];
  };
  const [leftBox, left] = cell('time_left');
  const [elapsedBox, elapsed] = cell('elapsed');
  const [stepsBox, steps] = cell('steps');
  const [speedBox, speed] = cell('steps_per_s');
  const checkpoint = el('p', { class: 'note' });
  const message = el('p', { class: 'learn-error', attrs: { role: 'alert' } });
  const box = el('div', { class: 'learn-progress' },
    el('div', { class: 'row' }, phase, share), track,
    el('dl', { class: 'learn-numbers' }, leftBox, elapsedBox, stepsBox, speedBox), checkpoint, message);
  const show = (train: TrainView | null, onStage: boolean): void => {
    box.hidden = !train;
    write(phase, t(train ? (`state_${train.state}` as TextKey) : 'state_idle'));
    if (!train) return;
    box.dataset.state = train.state;
    const done = train.steps_total > 0 ? Math.min(1, train.steps / train.steps_total) : 0;
    const percent = `${number(100 * done, 0)} %`;
    write(share, percent);
    fill.style.transform = `scaleX(${done})`;
    track.setAttribute('aria-valuenow', String(Math.round(100 * done)));
    track.setAttribute('aria-label', `${phase.textContent} ${percent}`);
    write(left, train.state === 'running' ? clock(train.seconds_left) : '–');
    write(elapsed, clock(train.seconds));
    write(steps, count(train.steps));
    write(speed, count(train.steps_per_s));
    write(checkpoint, onStage && train.checkpoint_steps > 0 ? t('checkpoint_of', { steps: count(train.checkpoint_steps) }) : '');
    write(message, train.message ?? '');
    message.hidden = !train.message;
  };
  return { box, show };
}
