import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Commander } from '../../src/input/command.ts';
import { decodeStageFrame, frameKind, parseServerMessage, ProtocolError, StageFrame, type ClientMessage } from '../../src/protocol.ts';
import { State } from '../../src/state.ts';
import { kStill, wireFrame, wireStageFrame } from './frames.ts';

const two = [
  { id: 4, lead: 1, falls: 3, error: 0.25, frame: { links: [kStill, [1, 2, 3, 1, 0, 0, 0]], command: [0.5, 0, 0], simTime: 2 } },
  { id: 9, lead: 2, frame: { links: [[7, 8, 9, 1, 0, 0, 0]], joints: [[1, 2, 3, 4]], rewards: [5] } },
];

const robot = {
  id: 4, mark: [1, -2], mass: 33, height: 1.3, driven: 29, body: 'g1', title: 'G1', kind: 'model', policy: 'walk', policies: ['walk'], links: ['pelvis'],
  rewards: [], control_hz: 50, leg_length: 0.7, mode: 'play', joints: [{ name: 'j', role: 'knee', side: 'left', low: 0, high: 1, torque_max: 9, home: 0 }],
};

test('a stage frame decodes every robot with its own counts', () => {
  const stage = new StageFrame();
  decodeStageFrame(wireStageFrame(6, two, 11), stage);
  assert.deepEqual([stage.sequence, stage.revision, stage.count], [11, 6, 2]);
  const [a, b] = stage.members;
  assert.deepEqual([a.id, a.lead, a.falls, a.trackingError], [4, 'steered', 3, 0.25]);
  assert.deepEqual([...a.frame.links.slice(7, 10)], [1, 2, 3]);
  assert.equal(a.frame.simTime, 2);
  assert.equal(a.frame.command[0], 0.5);
  assert.deepEqual([b.id, b.lead, b.frame.linkCount, b.frame.jointCount, b.frame.rewards[0]], [9, 'returning', 1, 1, 5]);
});

test('the two kinds of frame are told apart by their first bytes', () => {
  assert.equal(frameKind(wireStageFrame(1, two)), 'stage');
  assert.equal(frameKind(wireFrame({})), 'single');
  assert.equal(frameKind(new ArrayBuffer(2)), 'single'); // whose decoder refuses it
});

test('fewer robots leave the objects of the others to be used again', () => {
  const stage = new StageFrame();
  decodeStageFrame(wireStageFrame(1, two), stage);
  const second = stage.members[1];
  decodeStageFrame(wireStageFrame(2, two.slice(0, 1)), stage);
  assert.equal(stage.count, 1);
  decodeStageFrame(wireStageFrame(3, two), stage);
  assert.equal(stage.members[1], second);
});

test('a stage frame cut or lengthened anywhere is refused and nothing is kept of it', () => {
  const stage = new StageFrame();
  decodeStageFrame(wireStageFrame(3, two), stage);
  const whole = wireStageFrame(8, two);
  for (let bytes = 0; bytes < whole.byteLength; bytes += 4) assert.throws(() => decodeStageFrame(whole.slice(0, bytes), stage), ProtocolError);
  const long = new ArrayBuffer(whole.byteLength + 4);
  new Uint8Array(long).set(new Uint8Array(whole));
  assert.throws(() => decodeStageFrame(long, stage), ProtocolError);
  assert.throws(() => decodeStageFrame(wireStageFrame(8, [{ id: 1, lead: 7, frame: {} }]), stage), /lead/);
  assert.throws(() => decodeStageFrame(wireStageFrame(8, [two[0], { id: 2, frame: { links: [[NaN, 0, 0, 1, 0, 0, 0]] } }]), stage), /not finite/);
  assert.equal(stage.revision, 3);
  assert.equal(stage.members[0].falls, 3);
});

test('random damage never passes as anything but a whole frame', () => {
  const whole = new Uint8Array(wireStageFrame(8, two));
  let seed = 1;
  const random = (below: number): number => (seed = (seed * 48271) % 2147483647) % below;
  for (let i = 0; i < 3000; i++) {
    const bad = whole.slice();
    for (let k = 0; k < 3; k++) bad[random(bad.length)] = random(256);
    try {
      decodeStageFrame(bad.buffer, new StageFrame());
    } catch (error) {
      assert.ok(error instanceof ProtocolError, String(error));
    }
  }
});

test('the stage message is accepted and a wrong robot in it is named', () => {
  const stage = { type: 'stage', revision: 1, most: 16, coming: 2, robots: [robot] };
  assert.equal(parseServerMessage(JSON.stringify(stage)).type, 'stage');
  assert.throws(() => parseServerMessage(JSON.stringify({ ...stage, robots: [robot, { ...robot, mark: 1 }] })), /robots\[1\]\.mark/);
  assert.throws(() => parseServerMessage(JSON.stringify({ ...stage, robots: [{ ...robot, joints: [{}] }] })), /robots\[0\]\.joints\[0\]\.name/);
});

test('choosing another robot lets go of the one before, and its range is its own', () => {
  const state = new State();
  const sent: ClientMessage[] = [];
  const commander = new Commander(state, (message) => sent.push(message) > 0);
  state.view.set('stage');
  state.scene.set({ ...robot, type: 'scene', command_range: { vx: [-0.2, 0.3], vy: [-0.1, 0.1], wz: [-0.5, 0.5] } } as never);
  state.whom.set(4);
  commander.set('keys', [1, 0, 0]);
  for (let now = 0; now < 1000; now += 16) commander.update(now, 0.016);
  assert.deepEqual(sent.at(-1), { type: 'command', vx: 0.3, vy: 0, wz: 0 });
  const before = sent.length;
  state.whom.set('all');
  for (let now = 1000; now < 2000; now += 16) commander.update(now, 0.016);
  assert.equal(sent.length, before, 'the others are not told what one was');
  commander.set('keys', [1, 0, 0]);
  for (let now = 2000; now < 3000; now += 16) commander.update(now, 0.016);
  assert.deepEqual(sent.at(-1), { type: 'command', vx: 1, vy: 0, wz: 0 });
});
