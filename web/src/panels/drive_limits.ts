// How much of its drive a joint uses. No page in here: plain numbers in and out.
//
// Reads: a joint's limits (its data sheet's curve, or the robot file's torque and speed), operating points (rad/s, N·m).
// Writes: shares of the limit: 1 is the edge of what the drive can give.
// Method: the share of a point is the factor by which the torque-speed region must shrink about rest until the point lies on its edge.
// With the motion a drive gives `peak(speed)`; against it, it brakes with what it has at rest. Regions shrink monotonically towards
// rest because the curves fall with speed, so the factor is found by halving.

import type { JointInfo } from '../protocol.ts';

export interface Limits {
  /** rad/s, N·m in the direction of motion, N·m held for ever (0: unknown); speed rising from 0. */
  curve: [number, number, number][];
  /** N·m at rest and when braking. */
  torque: number;
  /** rad/s; Infinity where unknown. */
  speed: number;
  sheet: boolean;
}

export interface Usage {
  share: number;
  by: 'torque' | 'speed';
}

const kHalvings = 24;

/** Null where nothing is known that limits it, or nothing drives it. */
export function limitsOf(joint: JointInfo): Limits | null {
  if (joint.driven === false) return null;
  const most = joint.torque_max > 0 ? joint.torque_max : Infinity;
  const sheet = joint.drive && joint.drive.curve.length > 1 ? joint.drive.curve : null;
  if (sheet) {
    const curve = sheet.map(([speed, peak, held]): [number, number, number] => [speed, Math.min(peak, most), Math.min(held, most)]);
    if (!(curve[0][1] > 0)) return null;
    return { curve, torque: curve[0][1], speed: curve[curve.length - 1][0], sheet: true };
  }
  if (!Number.isFinite(most)) return null;
  const speed = joint.velocity_max && joint.velocity_max > 0 ? joint.velocity_max : Infinity;
  return { curve: [[0, most, 0], [speed, most, 0]], torque: most, speed, sheet: false };
}

/** N·m the drive can give at this speed in the direction of motion. */
export function torqueAt(limits: Limits, speed: number): number {
  const { curve } = limits;
  if (speed > limits.speed) return 0;
  if (!limits.sheet) return limits.torque;
  let i = 1;
  while (i + 1 < curve.length && curve[i][0] < speed) i++;
  const [s0, t0] = curve[i - 1];
  const [s1, t1] = curve[i];
  return s1 > s0 ? t0 + ((t1 - t0) * (speed - s0)) / (s1 - s0) : t1;
}

export function usageOf(limits: Limits, speed: number, torque: number): Usage {
  const fast = Math.abs(speed);
  const strong = Math.abs(torque);
  const alongSpeed = fast / limits.speed;
  const alongTorque = strong / limits.torque;
  const by = alongSpeed > alongTorque ? 'speed' : 'torque';
  const box = Math.max(alongSpeed, alongTorque);
  if (!limits.sheet || speed * torque <= 0 || box === 0) return { share: box, by };
  let low = box; // the region lies within the box, so it is no smaller than this
  let high = alongSpeed + alongTorque; // of a straight line from stall to no load, which the curves lie above: the most it can be
  while (strong > high * torqueAt(limits, fast / high)) high *= 2; // but friction may bend them below it
  for (let i = 0; i < kHalvings; i++) {
    const middle = (low + high) / 2;
    if (strong <= middle * torqueAt(limits, fast / middle)) high = middle;
    else low = middle;
  }
  return { share: high, by };
}

export interface Ranked {
  joint: number;
  /** Nine of ten moments use less. */
  usual: number;
  peak: number;
  by: 'torque' | 'speed';
}

const kUsual = 0.9;

/** Every joint with limits, the one that uses most of its drive first. Columns of equal length. */
export function rankJoints(limits: (Limits | null)[], speedOf: (joint: number) => ArrayLike<number>, torqueOf: (joint: number) => ArrayLike<number>): Ranked[] {
  const ranked: Ranked[] = [];
  limits.forEach((limit, joint) => {
    if (!limit) return;
    const speed = speedOf(joint);
    const torque = torqueOf(joint);
    const shares: Usage[] = [];
    for (let i = 0; i < speed.length; i++) shares.push(usageOf(limit, speed[i], torque[i]));
    shares.sort((a, b) => a.share - b.share);
    const at = shares[Math.max(0, Math.ceil(kUsual * shares.length) - 1)];
    ranked.push({ joint, usual: at?.share ?? 0, peak: shares[shares.length - 1]?.share ?? 0, by: at?.by ?? 'torque' });
  });
  return ranked.sort((a, b) => b.usual - a.usual || a.joint - b.joint);
}
