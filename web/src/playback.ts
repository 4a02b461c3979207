// Smooth motion from frames that arrive unevenly: shows the robot a little late, between two frames.
// Reads: frames as they arrive. Writes: `pose`, the links' poses at the time asked for.
// Method: arrival times go through a phase-locked loop (steady period, small corrections); positions are mixed
// linearly, rotations by normalised linear mixing (frames are 1/60 s apart, so the error is far below a pixel).
// A jump of the root (reset, another body) is shown at once instead of being smeared.

import { kLinkFloats, type Frame } from './protocol.ts';

const kRing = 8;
const kFirstPeriodMs = 1000 / 60;
const kJumpM = 0.5;

interface Pose {
  shownAtMs: number;
  simTime: number;
  links: Float32Array;
  jump: boolean;
}

export class Playback {
  pose = new Float32Array(0);
  linkCount = 0;
  simTime = 0;
  private ring: Pose[] = [];
  private count = 0;
  private periodMs = kFirstPeriodMs;
  private lastArrivalMs = 0;
  private lastSequence = 0;
  private shownAtMs = 0;

  clear(): void {
    this.count = 0;
  }

  add(frame: Frame): void {
    const floats = frame.linkCount * kLinkFloats;
    if (frame.linkCount !== this.linkCount || !this.ring.length) this.shape(frame.linkCount);
    this.keepTime(frame);
    const before = this.count ? this.ring[(this.count - 1) % kRing] : null;
    const pose = this.ring[this.count % kRing];
    for (let i = 0; i < floats; i++) pose.links[i] = frame.links[i];
    pose.shownAtMs = this.shownAtMs;
    pose.simTime = frame.simTime;
    pose.jump = !before || jumped(before.links, pose.links, floats) || frame.simTime < before.simTime;
    this.count++;
  }

  /** Moves `pose` to what `nowMs` should show; false while there is nothing to show. */
  update(nowMs: number): boolean {
    if (!this.count) return false;
    const at = nowMs - 1.5 * this.periodMs;
    let next = this.count - 1;
    const oldest = Math.max(0, this.count - kRing);
    while (next > oldest && this.ring[(next - 1) % kRing].shownAtMs > at) next--;
    const b = this.ring[next % kRing];
    const a = next > oldest ? this.ring[(next - 1) % kRing] : b;
    const span = b.shownAtMs - a.shownAtMs;
    let share = span > 0 ? Math.min(1, Math.max(0, (at - a.shownAtMs) / span)) : 1;
    if (b.jump) share = 1;
    mix(a.links, b.links, share, this.pose, this.linkCount);
    this.simTime = a.simTime + share * (b.simTime - a.simTime);
    return true;
  }

  private keepTime(frame: Frame): void {
    const gap = Math.max(1, Math.min(30, frame.sequence - this.lastSequence));
    const since = frame.arrivedMs - this.lastArrivalMs;
    this.lastSequence = frame.sequence;
    this.lastArrivalMs = frame.arrivedMs;
    if (since < 500) this.periodMs += 0.05 * (Math.min(100, since) - this.periodMs);
    const expected = this.shownAtMs + Math.max(1, Math.min(gap, 4)) * this.periodMs;
    const late = frame.arrivedMs - expected;
    const steady = gap <= 4 && Math.abs(late) < 100;
    this.shownAtMs = Math.max(this.shownAtMs + 1e-3, steady ? expected + 0.1 * late : frame.arrivedMs);
  }

  private shape(links: number): void {
    this.linkCount = links;
    this.pose = new Float32Array(links * kLinkFloats);
    this.ring = Array.from({ length: kRing }, () => ({
      shownAtMs: 0, simTime: 0, links: new Float32Array(links * kLinkFloats), jump: true,
    }));
    this.count = 0;
  }
}

function jumped(a: Float32Array, b: Float32Array, floats: number): boolean {
  for (let i = 0; i < floats; i += kLinkFloats) {
    if (Math.hypot(b[i] - a[i], b[i + 1] - a[i + 1], b[i + 2] - a[i + 2]) > kJumpM) return true;
  }
  return false;
}

export function mix(a: Float32Array, b: Float32Array, share: number, out: Float32Array, links: number): void {
  for (let l = 0, i = 0; l < links; l++, i += kLinkFloats) {
    for (let k = 0; k < 3; k++) out[i + k] = a[i + k] + share * (b[i + k] - a[i + k]);
    const dot = a[i + 3] * b[i + 3] + a[i + 4] * b[i + 4] + a[i + 5] * b[i + 5] + a[i + 6] * b[i + 6];
    const sign = dot < 0 ? -1 : 1; // q and -q are one rotation: take the short way
    let norm = 0;
    for (let k = 3; k < 7; k++) {
      const q = a[i + k] + share * (sign * b[i + k] - a[i + k]);
      out[i + k] = q;
      norm += q * q;
    }
    const scale = norm > 0 ? 1 / Math.sqrt(norm) : 1;
    for (let k = 3; k < 7; k++) out[i + k] *= scale;
  }
}
