// The page's side of docs/protocol.md: message types, and the checks that stand between the wire and the page.
// Reads: WebSocket text and binary messages. Writes: typed messages; a `Frame` whose arrays are reused.
// Limits: typed-array views assume a little-endian machine, which every browser in use runs on.
// Errors: ProtocolError names the field and what was expected; nothing half-decoded is kept.

export const kFrameMagic = 0x3146424d; // "MBF1"
export const kFrameHeaderBytes = 32;
export const kLinkFloats = 7;
export const kJointFloats = 4;
export const kContactFloats = 6;
const kFixedFloats = 3 + 3 + 4;

export class ProtocolError extends Error {
  override name = 'ProtocolError';
}

/** Of the maker or researchers; made from published figures; drawn at random. */
export type BodyKind = 'model' | 'spec_sheet' | 'sampled';

/** The name of "no policy": the gait prior alone. */
export const kPrior = 'none';

export interface BodyInfo {
  name: string;
  title: string;
  title_zh?: string;
  kind: BodyKind;
  installed: boolean;
  /** Why an installed body cannot be shown. */
  problem?: string;
  /** Left out until known. */
  joints?: number;
  mass?: number;
  height?: number;
  policies: string[];
}

export interface JointInfo {
  name: string;
  role: string;
  side: string;
  low: number;
  high: number;
  torque_max: number;
  home: number;
}

export type Range = [number, number];

export interface Hello {
  type: 'hello';
  version: string;
  language_default: string;
  bodies: BodyInfo[];
}

export interface Scene {
  type: 'scene';
  body: string;
  title: string;
  title_zh?: string;
  kind: BodyKind;
  policy: string;
  policies: string[];
  links: string[];
  joints: JointInfo[];
  rewards: string[];
  control_hz: number;
  leg_length: number;
  mode: 'play' | 'train';
  /** Optional: what the policy accepts. Without it the page offers kDefaultRange. */
  command_range?: { vx: Range; vy: Range; wz: Range };
}

export interface Status {
  type: 'status';
  paused: boolean;
  speed: number;
  rtf: number;
  sim_time: number;
  falls: number;
  policy: string;
  body: string;
}

export type TrainPhase = 'starting' | 'running' | 'finished' | 'stopped' | 'failed';

export interface TrainMessage {
  type: 'train';
  run: string;
  body: string;
  state: TrainPhase;
  steps: number;
  steps_total: number;
  steps_per_s: number;
  seconds: number;
  seconds_left: number;
  checkpoint_steps: number;
  curves: Record<string, [number, number][]>;
  /** True: `curves` holds everything; otherwise the points since the last message. */
  whole?: boolean;
  message?: string;
}

export interface ErrorMessage {
  type: 'error';
  message: string;
  fatal: boolean;
}

export type ServerMessage = Hello | Scene | Status | TrainMessage | ErrorMessage;

export type ClientMessage =
  | { type: 'command'; vx: number; vy: number; wz: number }
  | { type: 'pause'; on: boolean }
  | { type: 'step' }
  | { type: 'reset' }
  | { type: 'speed'; factor: number }
  | { type: 'push'; link: number; point: [number, number, number]; force: [number, number, number]; seconds: number }
  | { type: 'select'; body?: string; policy?: string }
  | { type: 'train'; action: 'start' | 'stop' | 'follow' | 'play'; body?: string; run?: string };

type Json = Record<string, unknown>;
type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object';

// One row a field: the wire is checked by this table and by nothing else.
const kFields: Record<ServerMessage['type'], Record<string, Kind>> = {
  hello: { version: 'string', language_default: 'string', bodies: 'array' },
  scene: {
    body: 'string', title: 'string', kind: 'string', policy: 'string', policies: 'array', links: 'array', joints: 'array',
    rewards: 'array', control_hz: 'number', leg_length: 'number', mode: 'string',
  },
  status: {
    paused: 'boolean', speed: 'number', rtf: 'number', sim_time: 'number', falls: 'number', policy: 'string', body: 'string',
  },
  train: {
    run: 'string', body: 'string', state: 'string', steps: 'number', steps_total: 'number', steps_per_s: 'number',
    seconds: 'number', seconds_left: 'number', checkpoint_steps: 'number', curves: 'object',
  },
  error: { message: 'string', fatal: 'boolean' },
};
const kBodyFields: Record<string, Kind> = {
  name: 'string', title: 'string', kind: 'string', installed: 'boolean', policies: 'array',
};
const kMaybeFields: Record<string, Kind> = {
  title_zh: 'string', problem: 'string', joints: 'number', mass: 'number', height: 'number',
};
const kJointFields: Record<string, Kind> = {
  name: 'string', role: 'string', side: 'string', low: 'number', high: 'number', torque_max: 'number', home: 'number',
};

function kindOf(value: unknown): Kind | 'null' {
  if (value === null || value === undefined) return 'null';
  if (Array.isArray(value)) return 'array';
  return typeof value as Kind;
}

function checkFields(value: unknown, fields: Record<string, Kind>, where: string, maybe = false): void {
  if (kindOf(value) !== 'object') throw new ProtocolError(`${where}: expected an object, got ${kindOf(value)}`);
  for (const [name, kind] of Object.entries(fields)) {
    const found = kindOf((value as Json)[name]);
    if (found !== kind && !(maybe && found === 'null')) throw new ProtocolError(`${where}.${name}: expected ${kind}, got ${found}`);
  }
}

export function parseServerMessage(text: string): ServerMessage {
  let message: Json;
  try {
    message = JSON.parse(text) as Json;
  } catch {
    throw new ProtocolError('message: expected JSON');
  }
  const type = kindOf(message) === 'object' ? String(message.type) : '';
  if (!Object.hasOwn(kFields, type)) throw new ProtocolError(`message.type: unknown type "${type}"`);
  checkFields(message, kFields[type as ServerMessage['type']], type);
  if (type === 'hello') parseBodies(message.bodies, 'hello.bodies');
  if (type === 'scene') checkFields(message, { title_zh: 'string' }, 'scene', true);
  if (type === 'scene') checkList(message.joints, kJointFields, 'scene.joints');
  return message as unknown as ServerMessage;
}

function checkList(list: unknown, fields: Record<string, Kind>, where: string): void {
  (list as unknown[]).forEach((item, i) => checkFields(item, fields, `${where}[${i}]`));
}

export function parseBodies(value: unknown, where = 'bodies'): BodyInfo[] {
  if (!Array.isArray(value)) throw new ProtocolError(`${where}: expected a list`);
  checkList(value, kBodyFields, where);
  value.forEach((item, i) => checkFields(item, kMaybeFields, `${where}[${i}]`, true));
  return value as BodyInfo[];
}

/** One pose of the robot and everything measured with it. Arrays grow when the counts do and are otherwise reused. */
export class Frame {
  sequence = 0;
  simTime = 0;
  rtf = 0;
  paused = false;
  fallen = false;
  arrivedMs = 0;
  linkCount = 0;
  jointCount = 0;
  contactCount = 0;
  rewardCount = 0;
  links = new Float32Array(0);
  joints = new Float32Array(0);
  contacts = new Float32Array(0);
  rewards = new Float32Array(0);
  readonly command = new Float32Array(3);
  readonly measured = new Float32Array(3);
  /** Gait phase 0…1, stand gate 0…1, clearance of the left and of the right foot (m). */
  readonly gait = new Float32Array(4);
}

function room(array: Float32Array<ArrayBuffer>, needed: number): Float32Array<ArrayBuffer> {
  if (array.length >= needed) return array;
  return new Float32Array(2 ** Math.ceil(Math.log2(Math.max(needed, 8))));
}

function copy(from: Float32Array, at: number, count: number, to: Float32Array): number {
  for (let i = 0; i < count; i++) to[i] = from[at + i];
  return at + count;
}

/** Decodes one binary message into `frame`; leaves `frame` untouched and throws when the message is not whole. */
export function decodeFrame(buffer: ArrayBuffer, frame: Frame): void {
  if (buffer.byteLength < kFrameHeaderBytes) {
    throw new ProtocolError(`frame: expected at least ${kFrameHeaderBytes} bytes, got ${buffer.byteLength}`);
  }
  const head = new DataView(buffer, 0, kFrameHeaderBytes);
  const magic = head.getUint32(0, true);
  if (magic !== kFrameMagic) throw new ProtocolError(`frame: expected magic "MBF1", got 0x${magic.toString(16)}`);
  const links = head.getUint16(24, true);
  const joints = head.getUint16(26, true);
  const contacts = head.getUint16(28, true);
  const rewards = head.getUint16(30, true);
  const floats = links * kLinkFloats + joints * kJointFloats + kFixedFloats + contacts * kContactFloats + rewards;
  const bytes = kFrameHeaderBytes + 4 * floats;
  if (buffer.byteLength !== bytes) throw new ProtocolError(`frame: expected ${bytes} bytes, got ${buffer.byteLength}`);

  const body = new Float32Array(buffer, kFrameHeaderBytes, floats);
  for (let i = 0; i < links * kLinkFloats; i++) {
    if (!Number.isFinite(body[i])) throw new ProtocolError(`frame.links[${Math.floor(i / kLinkFloats)}]: pose is not finite`);
  }
  frame.sequence = head.getUint32(4, true);
  frame.simTime = head.getFloat64(8, true);
  frame.rtf = head.getFloat32(16, true);
  frame.paused = head.getUint8(20) !== 0;
  frame.fallen = head.getUint8(21) !== 0;
  frame.linkCount = links;
  frame.jointCount = joints;
  frame.contactCount = contacts;
  frame.rewardCount = rewards;
  frame.links = room(frame.links, links * kLinkFloats);
  frame.joints = room(frame.joints, joints * kJointFloats);
  frame.contacts = room(frame.contacts, contacts * kContactFloats);
  frame.rewards = room(frame.rewards, rewards);
  let at = copy(body, 0, links * kLinkFloats, frame.links);
  at = copy(body, at, joints * kJointFloats, frame.joints);
  at = copy(body, at, 3, frame.command);
  at = copy(body, at, 3, frame.measured);
  at = copy(body, at, 4, frame.gait);
  at = copy(body, at, contacts * kContactFloats, frame.contacts);
  copy(body, at, rewards, frame.rewards);
}
