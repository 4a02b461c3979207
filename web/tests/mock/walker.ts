// The mock robot walks by drawing, not by physics: a pose for every phase, moved at the commanded velocity.
// It answers commands, pushes, pause and reset as the real server does, so the page can be tested without it.

import type { MockBody } from './body.ts';
import { about, add, mul, turn, type Quat, type Vec } from './vec.ts';

export const kControlHz = 50;
export const kRewards = ['velocity', 'yaw_rate', 'upright', 'foot_clearance', 'gait', 'energy', 'action_rate', 'foot_slip', 'torque_limit'];

const clamp = (v: number, low: number, high: number): number => Math.max(low, Math.min(high, v));

export class Walker {
  command: Vec = [0.5, 0, 0];
  simTime = 0;
  falls = 0;
  fallen = false;
  /** 0: cannot stand … 1: walks. */
  skill = 1;
  /** Added to joints by role, rad: what a gesture wants. */
  offsets: Record<string, number> = {};
  readonly links: { position: Vec; rotation: Quat }[];
  readonly joints: { position: number; velocity: number; torque: number; target: number }[];
  contacts: number[][] = [];
  private place: Vec = [0, 0, 0];
  private heading = 0;
  private velocity: Vec = [0, 0, 0];
  private shove: Vec = [0, 0, 0];
  private push = { force: [0, 0, 0] as Vec, until: -1 };
  private phase = 0;
  private upFor = 0;
  private tilt = 0;
  readonly gait = [0, 0, 0, 0];

  constructor(readonly body: MockBody) {
    this.links = body.links.map(() => ({ position: [0, 0, 0] as Vec, rotation: [1, 0, 0, 0] as Quat }));
    this.joints = body.links.flatMap((link) => (link.joint ? [{ position: link.joint.home, velocity: 0, torque: 0, target: link.joint.home }] : []));
    this.pose(0);
  }

  get measured(): Vec {
    return this.velocity;
  }

  reset(): void {
    this.place = [0, 0, 0];
    this.heading = 0;
    this.velocity = [0, 0, 0];
    this.shove = [0, 0, 0];
    this.push.until = -1;
    this.phase = 0;
    this.simTime = 0;
    this.stand();
    this.pose(0);
  }

  private stand(): void {
    this.fallen = false;
    this.tilt = 0;
    this.upFor = 0;
  }

  setCommand(vx: number, vy: number, wz: number): void {
    this.command = [clamp(vx, -0.5, 1), clamp(vy, -0.3, 0.3), clamp(wz, -0.8, 0.8)];
  }

  shoveWith(force: Vec, seconds: number): void {
    this.push = { force, until: this.simTime + seconds };
  }

  step(): void {
    const dt = 1 / kControlHz;
    this.simTime += dt;
    this.upFor += dt;
    const pushed = this.simTime <= this.push.until;
    for (let i = 0; i < 3; i++) {
      this.velocity[i] += (this.command[i] * this.skill - this.velocity[i]) * Math.min(1, 4 * dt);
      this.shove[i] = (this.shove[i] + (pushed ? (this.push.force[i] / this.body.mass) * dt : 0)) * Math.exp(-2.5 * dt);
    }
    const c = Math.cos(this.heading);
    const s = Math.sin(this.heading);
    const [vx, vy, wz] = this.velocity;
    this.place = add(this.place, [(c * vx - s * vy + this.shove[0]) * dt, (s * vx + c * vy + this.shove[1]) * dt, 0]);
    this.heading += wz * dt;
    this.phase = (this.phase + 1.5 * dt) % 1;
    if (this.skill < 0.8 && this.upFor > 0.8 + 4 * this.skill) this.fall(dt);
    this.pose(dt);
  }

  private fall(dt: number): void {
    this.fallen = true;
    this.tilt = Math.min(1.45, this.tilt + 2.5 * dt);
    if (this.tilt < 1.45) return;
    this.falls++;
    this.stand();
  }

  private jointAngle(role: string, side: string, home: number): number {
    const [vx, vy, wz] = this.velocity;
    const stride = clamp(Math.abs(vx) + Math.abs(vy) + 0.3 * Math.abs(wz), 0, 1);
    const leg = 2 * Math.PI * (this.phase + (side === 'left' ? 0 : 0.5));
    const swing = Math.max(0, Math.sin(leg)) * Math.min(1, 3 * stride);
    const wobble = (1 - this.skill) * 0.2 * Math.sin(9 * this.simTime + home * 7);
    const reach = 0.42 * clamp(vx, -0.6, 1) * Math.cos(leg);
    if (role === 'hip_pitch') return home - reach - 0.5 * swing + wobble;
    if (role === 'knee') return home + 0.95 * swing - wobble;
    if (role === 'ankle_pitch') return home + reach - 0.42 * swing;
    if (role === 'hip_roll') return home + 0.3 * clamp(vy, -0.4, 0.4) * Math.cos(leg) + wobble / 2;
    if (role === 'shoulder_pitch') return home + 0.6 * reach;
    if (role === 'elbow') return home + 0.15 * reach;
    if (role === 'waist_yaw') return home + 0.12 * stride * Math.sin(2 * Math.PI * this.phase);
    return home;
  }

  private pose(dt: number): void {
    let j = 0;
    for (const { joint } of this.body.links) {
      if (!joint) continue;
      const state = this.joints[j++];
      const next = this.jointAngle(joint.role, joint.side, joint.home) + (this.offsets[`${joint.side}.${joint.role}`] ?? 0);
      state.velocity = dt > 0 ? (next - state.position) / dt : 0;
      state.target = next + 0.04 * Math.sin(2 * Math.PI * this.phase + j);
      state.position = next;
      state.torque = clamp(0.25 * joint.torque_max * Math.sin(2 * Math.PI * this.phase + j) + 2 * state.velocity, -joint.torque_max, joint.torque_max);
    }
    this.kinematics(0);
    const lowest = Math.min(...this.soleHeights());
    this.kinematics(-lowest + 0.45 * this.tilt * this.tilt * 0.1);
    this.touch();
  }

  private kinematics(lift: number): void {
    const root = mul(about([0, 0, 1], this.heading), about([0, 1, 0], this.tilt));
    let j = 0;
    this.body.links.forEach((link, i) => {
      const parent = this.links[link.parent];
      const base: Quat = parent ? mul(parent.rotation, link.rotation) : mul(root, link.rotation);
      this.links[i].position = parent ? add(parent.position, turn(parent.rotation, link.position))
        : [this.place[0], this.place[1], link.position[2] * Math.cos(this.tilt) + lift];
      this.links[i].rotation = link.joint ? mul(base, about(link.joint.axis, this.joints[j++].position)) : base;
    });
  }

  private soleHeights(): number[] {
    return this.body.soles.map(({ link, point }) => add(this.links[link].position, turn(this.links[link].rotation, point))[2]);
  }

  private touch(): void {
    const heights = this.soleHeights();
    const half = heights.length / 2;
    this.gait[0] = this.phase;
    this.gait[1] = Math.hypot(...this.command) > 0.05 ? 1 : 0;
    this.gait[2] = Math.max(0, Math.min(...heights.slice(0, half)));
    this.gait[3] = Math.max(0, Math.min(...heights.slice(half)));
    const down = this.body.soles.filter((_sole, i) => heights[i] < 0.012);
    const share = (this.body.mass * 9.81) / Math.max(1, down.length);
    this.contacts = down.map(({ link, point }) => {
      const at = add(this.links[link].position, turn(this.links[link].rotation, point));
      return [...at, 0.08 * share * Math.sin(6.28 * this.phase), 0.03 * share, share];
    });
  }

  rewards(): number[] {
    const miss = Math.hypot(this.command[0] - this.velocity[0], this.command[1] - this.velocity[1]);
    const beat = Math.sin(4 * Math.PI * this.phase);
    return [
      1.2 * Math.exp(-8 * miss * miss), 0.6, 0.4 - 0.3 * this.tilt, 0.25 + 0.05 * beat, 0.3 + 0.04 * beat,
      -0.06 - 0.02 * beat, -0.08 + 0.02 * beat, -0.03, -0.01,
    ].map((term) => term / kControlHz);
  }
}
