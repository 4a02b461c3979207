// A training run drawn from a formula: curves that rise, steps that count, a skill the mock robot follows.

import type { TrainMessage, TrainPhase } from '../../src/protocol.ts';

const kTotal = 1_000_000;
const kEveryS = 0.25;
let runs = 0;

export class MockTraining {
  started = false;
  private run = '';
  private body = '';
  private phase: TrainPhase = 'starting';
  private seconds = 0;
  private sentAt = 0;
  private curves: TrainMessage['curves'] = {};
  private fresh: TrainMessage['curves'] = {};

  constructor(private readonly total: number) {}

  get share(): number {
    return Math.min(1, this.seconds / this.total);
  }

  start(body: string): void {
    this.started = true;
    this.body = body;
    this.run = `mock_run_${++runs}`;
  }

  stop(): void {
    if (this.phase === 'running' || this.phase === 'starting') this.phase = 'stopped';
  }

  /** True when there is something new to tell. */
  step(dt: number): boolean {
    if (!this.started || (this.phase !== 'running' && this.phase !== 'starting')) return false;
    this.seconds += dt;
    if (this.seconds - this.sentAt < kEveryS) return false;
    this.sentAt = this.seconds;
    this.phase = this.share >= 1 ? 'finished' : 'running';
    const s = this.share;
    const noise = (n: number): number => 0.03 * Math.sin(37 * s + 11 * n) * Math.sin(91 * s + n);
    this.add('reward', 22 * (1 - Math.exp(-4 * s)) * (1 + noise(1)));
    this.add('episode_seconds', 20 / (1 + Math.exp(-12 * (s - 0.45))) + 4 * Math.abs(noise(2)));
    this.add('velocity_error', 0.5 * Math.exp(-3 * s) + 0.08 + noise(3));
    this.add('kl', 0.01 + 0.2 * Math.abs(noise(4)) * 0.1);
    return true;
  }

  private add(name: string, value: number): void {
    const point: [number, number] = [Math.round(this.share * kTotal), value];
    (this.curves[name] ??= []).push(point);
    (this.fresh[name] ??= []).push(point);
  }

  message(whole: boolean): TrainMessage {
    const curves = whole ? this.curves : this.fresh;
    this.fresh = {};
    return {
      type: 'train', run: this.run, body: this.body, state: this.phase, steps: Math.round(this.share * kTotal), steps_total: kTotal,
      steps_per_s: kTotal / this.total, seconds: this.seconds, seconds_left: Math.max(0, this.total - this.seconds),
      checkpoint_steps: Math.floor(this.share * 20) * (kTotal / 20), whole, curves: structuredClone(curves),
    };
  }
}
