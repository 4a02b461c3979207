// The tool strip beside the stage: camera, push, contact forces, speed arrows, picture, video.

import { titleOf } from '../bodies.ts';
import { el, iconButton, setPressed, swapIcon } from '../dom.ts';
import { clock } from '../format.ts';
import { bindLabel, t, type TextKey } from '../i18n/index.ts';
import type { IconName } from '../icons.ts';
import type { Signal } from '../signal.ts';
import type { CameraMode, State } from '../state.ts';

const kModes: CameraMode[] = ['follow', 'chase', 'free'];
const kModeIcons: Record<CameraMode, IconName> = { follow: 'camera', chase: 'chase', free: 'free' };

export function nextCamera(state: State): void {
  state.camera.set(kModes[(kModes.indexOf(state.camera.value) + 1) % kModes.length]);
}

export function makeTools(state: State, picture: () => void, video: () => void): HTMLElement {
  const camera = iconButton('camera', 'camera_follow', () => nextCamera(state), { attrs: { 'data-tool': 'camera' } });
  const name = (): void => bindLabel(camera, state.view.value === 'stage' && state.camera.value === 'follow' ? 'camera_stage' : `camera_${state.camera.value}`);
  state.camera.watch((mode) => {
    swapIcon(camera, kModeIcons[mode]);
    name();
  });
  state.view.onChange(name);
  const strip = el('div', { class: 'tools card', label: 'tools', attrs: { role: 'toolbar', 'aria-orientation': 'vertical' } },
    camera,
    toggle('push', 'push', state.pushTool),
    toggle('forces', 'forces', state.showForces),
    toggle('guides', 'guides', state.showGuides),
    el('hr'),
    iconButton('picture', 'screenshot', picture, { attrs: { 'data-tool': 'picture' } }),
    recordButton(state, video),
  );
  strip.removeAttribute('title'); // its buttons have their own
  return strip;
}

function toggle(name: IconName, label: TextKey, signal: Signal<boolean>): HTMLElement {
  const button = iconButton(name, label, () => signal.set(!signal.value), { attrs: { 'data-tool': name } });
  signal.watch((on) => setPressed(button, on));
  return button;
}

function recordButton(state: State, video: () => void): HTMLElement {
  const button = iconButton('record', 'record', video, { class: 'record', attrs: { 'data-tool': 'record' } });
  state.recordingSinceMs.watch((since) => {
    swapIcon(button, since ? 'stop' : 'record');
    bindLabel(button, since ? 'record_stop' : 'record');
    setPressed(button, since > 0);
  });
  return button;
}

/** What the stage says about itself at its lower edge: how to push, that it records, that the robot fell. */
export function makeHint(state: State): { box: HTMLElement; update(nowMs: number, fallen: boolean): void } {
  const box = el('div', { class: 'hint', attrs: { role: 'status', 'aria-live': 'polite' } });
  const update = (nowMs: number, fallen: boolean): void => {
    const since = state.recordingSinceMs.value;
    const body = state.scene.value ? titleOf(state.scene.value) : '';
    const loading = state.loadingShape && state.shapeLoaded.value !== state.loadingShape;
    const text = since ? t('recording', { time: clock((nowMs - since) / 1000) })
      : fallen && state.view.value === 'single' ? t('fallen')
      : state.view.value === 'stage' && !state.stage.value?.robots.length ? t('robots_coming', { n: state.stage.value?.coming ?? 0 })
      : state.pushTool.value ? t('push_hint')
      : loading ? t('loading_shape', { body }) : '';
    if (box.textContent !== text) box.textContent = text;
    box.hidden = !text;
    box.dataset.kind = since ? 'recording' : fallen ? 'fallen' : '';
  };
  return { box, update };
}
