// Builds wire frames for the unit tests, straight from docs/protocol.md.

import { kFrameHeaderBytes, kFrameMagic, kMemberHeaderBytes, kStageFrameMagic, kStageHeaderBytes } from '../../src/protocol.ts';

export interface FrameParts {
  sequence?: number;
  simTime?: number;
  links?: number[][];
  joints?: number[][];
  contacts?: number[][];
  rewards?: number[];
  command?: number[];
  measured?: number[];
  gait?: number[];
  paused?: boolean;
}

export const kStill = [0, 0, 0, 1, 0, 0, 0];

export function wireFrame(parts: FrameParts): ArrayBuffer {
  const { links = [kStill], joints = [], contacts = [], rewards = [] } = parts;
  const floats = [
    ...links.flat(), ...joints.flat(), ...(parts.command ?? [0, 0, 0]), ...(parts.measured ?? [0, 0, 0]), ...(parts.gait ?? [0, 0, 0, 0]),
    ...contacts.flat(), ...rewards,
  ];
  const buffer = new ArrayBuffer(kFrameHeaderBytes + 4 * floats.length);
  const view = new DataView(buffer);
  view.setUint32(0, kFrameMagic, true);
  view.setUint32(4, parts.sequence ?? 1, true);
  view.setFloat64(8, parts.simTime ?? 0, true);
  view.setFloat32(16, 1, true);
  view.setUint8(20, Number(parts.paused ?? false));
  [links.length, joints.length, contacts.length, rewards.length].forEach((count, i) => view.setUint16(24 + 2 * i, count, true));
  floats.forEach((value, i) => view.setFloat32(kFrameHeaderBytes + 4 * i, value, true));
  return buffer;
}

export interface MemberParts {
  id: number;
  lead?: number;
  falls?: number;
  error?: number;
  frame: FrameParts;
}

export function wireStageFrame(revision: number, members: MemberParts[], sequence = 1): ArrayBuffer {
  const frames = members.map((one) => new Uint8Array(wireFrame(one.frame)));
  const buffer = new ArrayBuffer(frames.reduce((sum, frame) => sum + kMemberHeaderBytes + frame.length, kStageHeaderBytes));
  const view = new DataView(buffer);
  view.setUint32(0, kStageFrameMagic, true);
  view.setUint32(4, sequence, true);
  view.setUint32(8, revision, true);
  view.setUint16(12, members.length, true);
  let at = kStageHeaderBytes;
  members.forEach((one, i) => {
    view.setUint16(at, one.id, true);
    view.setUint16(at + 2, one.lead ?? 0, true);
    view.setUint32(at + 4, one.falls ?? 0, true);
    view.setFloat32(at + 8, one.error ?? 0, true);
    view.setUint32(at + 12, frames[i].length, true);
    new Uint8Array(buffer).set(frames[i], at + kMemberHeaderBytes);
    at += kMemberHeaderBytes + frames[i].length;
  });
  return buffer;
}
