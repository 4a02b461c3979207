// The gamepad: left stick walks, right stick turns, A pauses, B stops, Y resets (standard mapping).

import { Signal } from '../signal.ts';
import type { Commander } from './command.ts';

const kDead = 0.12;

export function stick(value: number): number {
  const size = Math.abs(value);
  return size < kDead ? 0 : (Math.sign(value) * (size - kDead)) / (1 - kDead);
}

export class Gamepads {
  readonly connected = new Signal(false);
  private readonly pressed = new Map<number, boolean>();

  constructor(private readonly commander: Commander, private readonly actions: { pause(): void; reset(): void }) {}

  /** Call once a picture: browsers report gamepads only when asked. */
  update(): void {
    if (!navigator.getGamepads) return;
    const pad = navigator.getGamepads().find((one) => one?.connected && one.axes.length >= 2);
    if (!pad) {
      if (this.connected.value) this.commander.set('gamepad', [0, 0, 0]);
      this.connected.set(false);
      return;
    }
    this.connected.set(true);
    const turn = pad.axes.length > 2 ? pad.axes[2] : 0;
    this.commander.set('gamepad', [-stick(pad.axes[1]), -stick(pad.axes[0]), -stick(turn)]);
    this.onPress(pad, 0, this.actions.pause);
    this.onPress(pad, 1, () => this.commander.stop());
    this.onPress(pad, 3, this.actions.reset);
  }

  private onPress(pad: Gamepad, button: number, act: () => void): void {
    const now = pad.buttons[button]?.pressed ?? false;
    if (now && !this.pressed.get(button)) act();
    this.pressed.set(button, now);
  }
}
