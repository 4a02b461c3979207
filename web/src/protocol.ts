// The page's side of docs/protocol.md: message types, and the checks that stand between the wire and the page.
// Reads: WebSocket text and binary messages. Writes: typed messages; a `Frame` whose arrays are reused.
// Limits: typed-array views assume a little-endian machine, which every browser in use runs on.
// Errors: ProtocolError names the field and what was expected; nothing half-decoded is kept.

export const kFrameMagic = 0x3146424d; // "MBF1"
export const kStageFrameMagic = 0x3246424d; // "MBF2"
export const kFrameHeaderBytes = 32;
export const kStageHeaderBytes = 16;
export const kMemberHeaderBytes = 16;
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
/** The name of the one policy that walks every body. */
export const kOnePolicy = 'one';

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
  /** Left out by older servers: driven. */
  driven?: boolean;
  /** rad/s; left out where nobody says it. */
  velocity_max?: number;
  drive?: DriveInfo;
}

/** What is known of a joint's motor and reducer: torque at most and held for ever (N·m) over speed (rad/s), rising from 0. */
export interface DriveInfo {
  title: string;
  kind: string;
  curve: [number, number, number][];
}

export type Range = [number, number];

export interface Hello {
  type: 'hello';
  version: string;
  language_default: string;
  bodies: BodyInfo[];
}

/** One robot on view: what its frames and plots are made of. */
export interface SceneOf {
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

/** The view of one robot. */
export interface Scene extends SceneOf {
  type: 'scene';
}

/** A robot of the stage: `id` is never given twice; `mark` is where it belongs on the floor (m). */
export interface StageRobot extends SceneOf {
  id: number;
  mark: [number, number];
  mass: number;
  height: number;
  driven: number;
}

/** The view of many robots at once. */
export interface StageMessage {
  type: 'stage';
  revision: number;
  /** How many robots it takes. */
  most: number;
  /** Robots being read that are not here yet. */
  coming: number;
  robots: StageRobot[];
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

export interface TalkStep {
  label: string;
  skill: string;
  robot: string;
  state: 'waiting' | 'running' | 'done' | 'failed' | 'stopped' | 'refused';
  reason?: string;
}

/** One exchange with the robots; told again whenever its plan gets on. */
export interface TalkMessage {
  type: 'talk';
  id: number;
  from: string;
  robot: string;
  heard: string;
  answered: boolean;
  kind: string;
  language: string;
  reply: string;
  reason?: string;
  brain: string;
  confidence: number;
  plan: TalkStep[];
  spoken: { robot: string; text: string }[];
}

export interface WorldItem {
  group: 'robot' | 'person' | 'place' | 'object';
  name: string;
  aliases: string[];
  position?: [number, number, number];
}

/** Who and what people may talk of. */
export interface WorldMessage {
  type: 'world';
  items: WorldItem[];
}

export type ServerMessage = Hello | Scene | StageMessage | Status | TrainMessage | ErrorMessage | TalkMessage | WorldMessage;

/** Whom of a stage a message means; left out: every robot. */
export type Whom = number | 'all';

export type ClientMessage =
  | { type: 'command'; vx: number; vy: number; wz: number; robot?: Whom }
  | { type: 'pause'; on: boolean }
  | { type: 'step' }
  | { type: 'reset'; robot?: Whom }
  | { type: 'speed'; factor: number }
  | { type: 'push'; link: number; point: [number, number, number]; force: [number, number, number]; seconds: number; robot?: number }
  | { type: 'select'; body?: string; policy?: string; robot?: number }
  | { type: 'view'; view: 'stage' | 'single'; body?: string }
  | { type: 'stage'; action: 'add' | 'remove' | 'release'; body?: string; robot?: Whom }
  | { type: 'say'; text: string; robot?: Whom }
  | { type: 'train'; action: 'start' | 'stop' | 'follow' | 'play'; body?: string; run?: string };

type Json = Record<string, unknown>;
type Kind = 'string' | 'number' | 'boolean' | 'array' | 'object';

// One row a field: the wire is checked by this table and by nothing else.
const kSceneFields: Record<string, Kind> = {
  body: 'string', title: 'string', kind: 'string', policy: 'string', policies: 'array', links: 'array', joints: 'array',
  rewards: 'array', control_hz: 'number', leg_length: 'number', mode: 'string',
};
const kFields: Record<ServerMessage['type'], Record<string, Kind>> = {
  hello: { version: 'string', language_default: 'string', bodies: 'array' },
  scene: kSceneFields,
  stage: { revision: 'number', most: 'number', coming: 'number', robots: 'array' },
  status: {
    paused: 'boolean', speed: 'number', rtf: 'number', sim_time: 'number', falls: 'number', policy: 'string', body: 'string',
  },
  train: {
    run: 'string', body: 'string', state: 'string', steps: 'number', steps_total: 'number', steps_per_s: 'number',
    seconds: 'number', seconds_left: 'number', checkpoint_steps: 'number', curves: 'object',
  },
  error: { message: 'string', fatal: 'boolean' },
  talk: {
    id: 'number', from: 'string', robot: 'string', heard: 'string', answered: 'boolean', kind: 'string', language: 'string', reply: 'string',
    brain: 'string', confidence: 'number', plan: 'array', spoken: 'array',
  },
  world: { items: 'array' },
};
const kStepFields: Record<string, Kind> = { label: 'string', skill: 'string', robot: 'string', state: 'string' };
const kSpokenFields: Record<string, Kind> = { robot: 'string', text: 'string' };
const kItemFields: Record<string, Kind> = { group: 'string', name: 'string', aliases: 'array' };
const kBodyFields: Record<string, Kind> = {
  name: 'string', title: 'string', kind: 'string', installed: 'boolean', policies: 'array',
};
const kRobotFields: Record<string, Kind> = { ...kSceneFields, id: 'number', mark: 'array', mass: 'number', height: 'number', driven: 'number' };
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
  if (type === 'talk') checkList(message.plan, kStepFields, 'talk.plan');
  if (type === 'talk') checkList(message.spoken, kSpokenFields, 'talk.spoken');
  if (type === 'world') checkList(message.items, kItemFields, 'world.items');
  if (type === 'hello') parseBodies(message.bodies, 'hello.bodies');
  if (type === 'scene') checkScene(message, 'scene');
  if (type === 'stage') {
    checkList(message.robots, kRobotFields, 'stage.robots');
    (message.robots as Json[]).forEach((robot, i) => checkScene(robot, `stage.robots[${i}]`));
  }
  return message as unknown as ServerMessage;
}

function checkScene(scene: Json, where: string): void {
  checkFields(scene, { title_zh: 'string' }, where, true);
  checkList(scene.joints, kJointFields, `${where}.joints`);
  (scene.joints as Json[]).forEach((joint, i) => checkDrive(joint, `${where}.joints[${i}]`));
}

function checkDrive(joint: Json, where: string): void {
  checkFields(joint, { driven: 'boolean', velocity_max: 'number', drive: 'object' }, where, true);
  if (joint.drive === undefined || joint.drive === null) return;
  checkFields(joint.drive, { title: 'string', kind: 'string', curve: 'array' }, `${where}.drive`);
  for (const point of (joint.drive as { curve: unknown[] }).curve) {
    const numbers = Array.isArray(point) && point.length === 3 && point.every((value) => typeof value === 'number');
    if (!numbers) throw new ProtocolError(`${where}.drive.curve: expected points of three numbers`);
  }
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

/** Who leads a robot of the stage: itself about its mark, a page, itself on its way back to its mark. */
export type Lead = 'rounds' | 'steered' | 'returning';
const kLeads: Lead[] = ['rounds', 'steered', 'returning'];

export class MemberFrame {
  id = 0;
  lead: Lead = 'rounds';
  falls = 0;
  /** m/s, root mean square over the last seconds. */
  trackingError = 0;
  readonly frame = new Frame();
}

/** One picture of the whole stage. `members` keeps its objects; only the first `count` belong to this picture. */
export class StageFrame {
  sequence = 0;
  revision = 0;
  count = 0;
  readonly members: MemberFrame[] = [];
}

export function frameKind(buffer: ArrayBuffer): 'single' | 'stage' {
  const magic = buffer.byteLength >= 4 ? new DataView(buffer).getUint32(0, true) : 0;
  return magic === kStageFrameMagic ? 'stage' : 'single';
}

/** Decodes one picture of the stage. Every part is looked at before anything is kept: a damaged one changes nothing. */
export function decodeStageFrame(buffer: ArrayBuffer, stage: StageFrame): void {
  if (buffer.byteLength < kStageHeaderBytes) {
    throw new ProtocolError(`stage frame: expected at least ${kStageHeaderBytes} bytes, got ${buffer.byteLength}`);
  }
  const head = new DataView(buffer);
  if (head.getUint32(0, true) !== kStageFrameMagic) throw new ProtocolError('stage frame: expected magic "MBF2"');
  const count = head.getUint16(12, true);
  const parts: { at: number; bytes: number }[] = [];
  let at = kStageHeaderBytes;
  for (let i = 0; i < count; i++) {
    if (at + kMemberHeaderBytes > buffer.byteLength) throw new ProtocolError(`stage frame: robot ${i} of ${count} is missing`);
    const bytes = head.getUint32(at + 12, true);
    if (bytes % 4 !== 0 || at + kMemberHeaderBytes + bytes > buffer.byteLength) throw new ProtocolError(`stage frame: robot ${i} is cut off`);
    if (head.getUint16(at + 2, true) >= kLeads.length) throw new ProtocolError(`stage frame: robot ${i} has an unknown lead`);
    checkFrame(buffer, at + kMemberHeaderBytes, bytes);
    parts.push({ at, bytes });
    at += kMemberHeaderBytes + bytes;
  }
  if (at !== buffer.byteLength) throw new ProtocolError(`stage frame: expected ${at} bytes, got ${buffer.byteLength}`);
  stage.sequence = head.getUint32(4, true);
  stage.revision = head.getUint32(8, true);
  stage.count = count;
  parts.forEach((part, i) => {
    const member = (stage.members[i] ??= new MemberFrame());
    member.id = head.getUint16(part.at, true);
    member.lead = kLeads[head.getUint16(part.at + 2, true)];
    member.falls = head.getUint32(part.at + 4, true);
    member.trackingError = head.getFloat32(part.at + 8, true);
    readFrame(buffer, part.at + kMemberHeaderBytes, member.frame);
  });
}

/** Decodes one binary message into `frame`; leaves `frame` untouched and throws when the message is not whole. */
export function decodeFrame(buffer: ArrayBuffer, frame: Frame): void {
  checkFrame(buffer, 0, buffer.byteLength);
  readFrame(buffer, 0, frame);
}

interface Counts {
  links: number;
  joints: number;
  contacts: number;
  rewards: number;
}

function countsOf(head: DataView): Counts {
  return { links: head.getUint16(24, true), joints: head.getUint16(26, true), contacts: head.getUint16(28, true), rewards: head.getUint16(30, true) };
}

function floatsOf({ links, joints, contacts, rewards }: Counts): number {
  return links * kLinkFloats + joints * kJointFloats + kFixedFloats + contacts * kContactFloats + rewards;
}

/** Throws unless `length` bytes from `start` are one whole frame with finite poses. */
function checkFrame(buffer: ArrayBuffer, start: number, length: number): void {
  if (length < kFrameHeaderBytes) throw new ProtocolError(`frame: expected at least ${kFrameHeaderBytes} bytes, got ${length}`);
  const head = new DataView(buffer, start, kFrameHeaderBytes);
  const magic = head.getUint32(0, true);
  if (magic !== kFrameMagic) throw new ProtocolError(`frame: expected magic "MBF1", got 0x${magic.toString(16)}`);
  const counts = countsOf(head);
  const bytes = kFrameHeaderBytes + 4 * floatsOf(counts);
  if (length !== bytes) throw new ProtocolError(`frame: expected ${bytes} bytes, got ${length}`);
  const poses = new Float32Array(buffer, start + kFrameHeaderBytes, counts.links * kLinkFloats);
  for (let i = 0; i < poses.length; i++) {
    if (!Number.isFinite(poses[i])) throw new ProtocolError(`frame.links[${Math.floor(i / kLinkFloats)}]: pose is not finite`);
  }
}

function readFrame(buffer: ArrayBuffer, start: number, frame: Frame): void {
  const head = new DataView(buffer, start, kFrameHeaderBytes);
  const counts = countsOf(head);
  const { links, joints, contacts, rewards } = counts;
  const body = new Float32Array(buffer, start + kFrameHeaderBytes, floatsOf(counts));
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
