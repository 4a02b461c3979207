// The keyboard: held keys steer, single presses do the rest. Keys typed into a field or on a focused control are its own.

import type { Axes, Commander } from './command.ts';

export interface KeyActions {
  reset(): void;
  pause(): void;
  step(): void;
  camera(): void;
  forces(): void;
  guides(): void;
  /** On a stage: the next robot, the one before, or all of them. */
  next(step: 1 | -1 | 0): void;
}

// code (the place on the keyboard) → axis, sign
const kSteer: Record<string, [axis: number, sign: number]> = {
  KeyW: [0, 1], ArrowUp: [0, 1], KeyS: [0, -1], ArrowDown: [0, -1],
  KeyA: [1, 1], ArrowLeft: [1, 1], KeyD: [1, -1], ArrowRight: [1, -1],
  KeyQ: [2, 1], KeyE: [2, -1],
};
const kFieldTags = new Set(['INPUT', 'TEXTAREA', 'SELECT']);

export function listenToKeyboard(commander: Commander, actions: KeyActions): void {
  const held = new Set<string>();
  const presses: Record<string, () => void> = {
    Space: () => {
      held.clear();
      commander.stop();
    },
    KeyR: actions.reset, KeyP: actions.pause, Period: actions.step, KeyC: actions.camera, KeyF: actions.forces, KeyG: actions.guides,
    BracketRight: () => actions.next(1), BracketLeft: () => actions.next(-1), Escape: () => actions.next(0),
  };
  const steer = (): void => {
    const axes: Axes = [0, 0, 0];
    for (const code of held) axes[kSteer[code][0]] += kSteer[code][1];
    commander.set('keys', axes);
  };
  window.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || belongsToControl(event)) return;
    if (event.code in kSteer) {
      event.preventDefault();
      held.add(event.code);
      steer();
    } else if (event.code in presses) {
      event.preventDefault();
      if (!event.repeat || event.code === 'Period') presses[event.code]();
    }
  });
  window.addEventListener('keyup', (event) => {
    if (held.delete(event.code)) steer();
  });
  window.addEventListener('blur', () => {
    held.clear();
    steer();
  });
}

function belongsToControl(event: KeyboardEvent): boolean {
  const target = event.target as HTMLElement;
  if (kFieldTags.has(target.tagName) || target.isContentEditable) return true;
  const presses = event.code === 'Space' || event.code === 'Enter';
  const arrows = event.code.startsWith('Arrow');
  return (presses && target.closest('button') !== null) || (arrows && target.closest('[role=tablist], [role=slider], .scroll') !== null);
}
