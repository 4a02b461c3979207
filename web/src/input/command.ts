// One walking command out of pad, keyboard and gamepad.
// Reads: what each input asks for, as shares −1…1 of the policy's range. Writes: `command` messages, at most 30 a second.
// Method: the inputs are added and clipped, then slewed, so that a key press is a start and not a jerk. Nothing is
// sent before the user first steers: until then the robot does what the server tells it.

import type { Range } from '../protocol.ts';
import { Signal } from '../signal.ts';
import type { Send, State } from '../state.ts';

export type Source = 'pad' | 'keys' | 'gamepad';
export type Axes = [forward: number, left: number, turn: number];

const kDefaultRange: { vx: Range; vy: Range; wz: Range } = { vx: [-0.5, 1], vy: [-0.3, 0.3], wz: [-0.8, 0.8] };
const kSlewS = 0.35; // from standing to full
const kSendMs = 33;

export class Commander {
  readonly command = new Signal<Axes>([0, 0, 0]); // m/s, m/s, rad/s: what was last sent
  readonly hold = new Signal(false);
  private readonly sources: Record<Source, Axes> = { pad: [0, 0, 0], keys: [0, 0, 0], gamepad: [0, 0, 0] };
  private readonly now: Axes = [0, 0, 0];
  private steering = false;
  private sentAtMs = 0;
  private sent: Axes = [NaN, NaN, NaN];

  constructor(private readonly state: State, private readonly send: Send) {
    state.scene.onChange((scene) => {
      if (scene && scene.body !== this.body && state.view.value === 'single') this.release();
      this.body = scene?.body ?? '';
    });
    state.whom.onChange(() => this.release());
    state.view.onChange(() => this.release());
  }
  private body = '';

  get range(): { vx: Range; vy: Range; wz: Range } {
    const all = this.state.view.value === 'stage' && this.state.whom.value === 'all';
    return (all ? undefined : this.state.scene.value?.command_range) ?? kDefaultRange;
  }

  set(source: Source, axes: Axes): void {
    const old = this.sources[source];
    if (old[0] === axes[0] && old[1] === axes[1] && old[2] === axes[2]) return;
    this.sources[source] = axes;
    if (!this.steering) {
      const from = this.state.lastCommand; // go on from what the robot does now
      for (let i = 0; i < 3; i++) this.now[i] = this.shareOf(from[i], i);
    }
    this.steering = true;
  }

  stop(): void {
    for (const source of Object.keys(this.sources) as Source[]) this.sources[source] = [0, 0, 0];
    this.now.fill(0);
    this.hold.set(false);
    this.steering = true;
    this.sentAtMs = 0;
  }

  /** Call once a picture. */
  update(nowMs: number, dt: number): void {
    if (!this.steering) return;
    for (let i = 0; i < 3; i++) {
      const wanted = Math.max(-1, Math.min(1, this.sources.pad[i] + this.sources.keys[i] + this.sources.gamepad[i]));
      const most = dt / kSlewS;
      this.now[i] += Math.max(-most, Math.min(most, wanted - this.now[i]));
      if (Math.abs(wanted - this.now[i]) < 1e-6) this.now[i] = wanted;
    }
    const next: Axes = [this.value(0), this.value(1), this.value(2)];
    const same = next.every((value, i) => value === this.sent[i]);
    if (same || nowMs - this.sentAtMs < kSendMs) return;
    if (!this.send({ type: 'command', vx: next[0], vy: next[1], wz: next[2] })) return;
    this.sentAtMs = nowMs;
    this.sent = next;
    this.command.set(next);
  }

  private release(): void {
    this.steering = false;
    this.sent = [NaN, NaN, NaN];
    for (const source of Object.keys(this.sources) as Source[]) this.sources[source] = [0, 0, 0];
    this.hold.set(false);
  }

  private value(axis: number): number {
    const [low, high] = this.axisRange(axis);
    const share = this.now[axis];
    return Math.round(1000 * (share >= 0 ? share * high : -share * low)) / 1000 || 0;
  }

  shareOf(value: number, axis: number): number {
    const [low, high] = this.axisRange(axis);
    const most = value >= 0 ? high : -low;
    return most > 0 ? Math.max(-1, Math.min(1, value / most)) : 0;
  }

  private axisRange(axis: number): Range {
    const { vx, vy, wz } = this.range;
    return axis === 0 ? vx : axis === 1 ? vy : wz;
  }
}
