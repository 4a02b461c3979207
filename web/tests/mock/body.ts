// The mock's humanoid: a tree of links with primitive shapes, the same for every size.

import type { BodyKind, JointInfo } from '../../src/protocol.ts';
import { capsule, box, sphere, type Triangles } from './shapes.ts';
import type { Quat, Vec } from './vec.ts';

export interface MockLink {
  name: string;
  parent: number;
  position: Vec;
  rotation: Quat;
  joint?: JointInfo & { axis: Vec };
  parts: { triangles: Triangles; color: [number, number, number, number] }[];
}

export interface MockBody {
  name: string;
  title: string;
  mass: number;
  height: number;
  policies: string[];
  kind: BodyKind;
  titleZh?: string;
  links: MockLink[];
  /** Points of the feet, in their link's frame: the lowest stands on the floor. */
  soles: { link: number; point: Vec }[];
}

const kShell: [number, number, number, number] = [0.78, 0.8, 0.83, 1];
const kDark: [number, number, number, number] = [0.16, 0.17, 0.19, 1];
const kAccent: [number, number, number, number] = [0.12, 0.36, 0.85, 1];
const kNone: Quat = [1, 0, 0, 0];

/** A humanoid of `size` (1: 1.4 m tall). */
export function makeHumanoid(name: string, title: string, size: number, policies: string[]): MockBody {
  const links: MockLink[] = [];
  const at = (x: number, y: number, z: number): Vec => [x * size, y * size, z * size];
  const link = (linkName: string, parent: number, position: Vec, joint?: MockLink['joint'], ...parts: MockLink['parts']): number =>
    links.push({ name: linkName, parent, position, rotation: kNone, joint, parts }) - 1;
  // Of the knees a data sheet is known, of the hips a speed limit, of the rest neither.
  const drive = (role: string, torque: number): Pick<JointInfo, 'driven' | 'velocity_max' | 'drive'> => {
    const most = 1.1 * torque;
    const sheet = [0, 3, 6, 9, 12].map((speed): [number, number, number] => [speed, most * Math.min(1, 2.2 - speed / 5.5) * (speed < 12 ? 1 : 0), most * 0.3 * (1 - speed / 12)]);
    return { driven: true, ...(/hip/.test(role) ? { velocity_max: 14 } : {}), ...(role === 'knee' ? { drive: { title: 'Mock planetary 110', kind: 'planetary', curve: sheet } } : {}) };
  };
  const hinge = (role: string, side: string, axis: Vec, low: number, high: number, torque: number, home = 0): MockLink['joint'] => ({
    name: `${side === 'center' ? '' : `${side}_`}${role}_joint`, role, side, low, high, torque_max: torque * size ** 3, home, axis, ...drive(role, torque * size ** 3),
  });
  const limb = (radius: number, length: number, color = kShell): MockLink['parts'][number] =>
    ({ triangles: capsule(at(0, 0, 0), at(0, 0, -length), radius * size), color });
  const ball = (p: Vec, radius: number, color = kDark): MockLink['parts'][number] => ({ triangles: sphere(p, radius * size), color });
  const block = (p: Vec, half: Vec, color = kShell): MockLink['parts'][number] => ({ triangles: box(p, half), color });

  const pelvis = link('pelvis', -1, at(0, 0, 0.76), undefined, block(at(0, 0, 0.02), at(0.07, 0.1, 0.05)), ball(at(0, 0, 0.09), 0.055));
  const torso = link('torso', pelvis, at(0, 0, 0.1), hinge('waist_yaw', 'center', [0, 0, 1], -2, 2, 80),
    block(at(0, 0, 0.16), at(0.075, 0.12, 0.13)), block(at(0.072, 0, 0.19), at(0.012, 0.07, 0.05), kAccent));
  link('head', torso, at(0, 0, 0.37), undefined, ball(at(0.005, 0, 0.06), 0.085, kShell), block(at(0.066, 0, 0.065), at(0.025, 0.055, 0.026), kDark));
  const soles: MockBody['soles'] = [];
  for (const [side, s] of [['left', 1], ['right', -1]] as const) {
    const roll = link(`${side}_hip`, pelvis, at(0, 0.09 * s, 0), hinge('hip_roll', side, [1, 0, 0], -0.6, 0.6, 90), ball(at(0, 0, 0), 0.062));
    const thigh = link(`${side}_thigh`, roll, at(0, 0, -0.02), hinge('hip_pitch', side, [0, 1, 0], -2.2, 1.5, 110, -0.2), limb(0.056, 0.3));
    const shank = link(`${side}_shank`, thigh, at(0, 0, -0.34), hinge('knee', side, [0, 1, 0], 0, 2.4, 130, 0.4), ball(at(0, 0, 0), 0.05), limb(0.043, 0.29));
    const foot = link(`${side}_foot`, shank, at(0, 0, -0.34), hinge('ankle_pitch', side, [0, 1, 0], -0.9, 0.7, 50, -0.2),
      ball(at(0, 0, 0), 0.038), block(at(0.035, 0, -0.042), at(0.105, 0.042, 0.018), kDark));
    for (const x of [-0.07, 0.14]) soles.push({ link: foot, point: at(x, 0, -0.06) });
    const arm = link(`${side}_upper_arm`, torso, at(0, 0.17 * s, 0.24), hinge('shoulder_pitch', side, [0, 1, 0], -3, 3, 40, 0.1), ball(at(0, 0, 0), 0.055), limb(0.036, 0.2));
    link(`${side}_forearm`, arm, at(0, 0, -0.23), hinge('elbow', side, [0, 1, 0], -2.3, 0, 30, -0.5), ball(at(0, 0, 0), 0.038), limb(0.031, 0.19), ball(at(0, 0, -0.22), 0.044));
  }
  return { name, title, kind: 'model', mass: 34 * size ** 3, height: 1.4 * size, policies, links, soles };
}
