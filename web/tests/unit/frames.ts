// Builds wire frames for the unit tests, straight from docs/protocol.md.

import { kFrameHeaderBytes, kFrameMagic } from '../../src/protocol.ts';

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
