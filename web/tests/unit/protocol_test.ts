import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeFrame, Frame, kFrameHeaderBytes, parseBodies, parseServerMessage, ProtocolError } from '../../src/protocol.ts';
import { kStill, wireFrame } from './frames.ts';

test('a frame decodes every field at its place', () => {
  const frame = new Frame();
  decodeFrame(wireFrame({
    sequence: 7, simTime: 1.5, paused: true, links: [kStill, [1, 2, 3, 0.5, 0.5, 0.5, 0.5]], joints: [[0.1, 0.2, 0.3, 0.4]],
    command: [1, 2, 3], measured: [4, 5, 6], gait: [0.25, 1, 0.01, 0.02], contacts: [[1, 2, 3, 4, 5, 6]], rewards: [9, 8],
  }), frame);
  assert.equal(frame.sequence, 7);
  assert.equal(frame.simTime, 1.5);
  assert.equal(frame.paused, true);
  assert.deepEqual([frame.linkCount, frame.jointCount, frame.contactCount, frame.rewardCount], [2, 1, 1, 2]);
  assert.deepEqual([...frame.links.slice(7, 14)], [1, 2, 3, 0.5, 0.5, 0.5, 0.5]);
  assert.deepEqual([...frame.joints.slice(0, 4)].map((v) => Number(v.toFixed(3))), [0.1, 0.2, 0.3, 0.4]);
  assert.deepEqual([...frame.command, ...frame.measured], [1, 2, 3, 4, 5, 6]);
  assert.equal(frame.gait[0], 0.25);
  assert.deepEqual([...frame.contacts.slice(0, 6)], [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([...frame.rewards.slice(0, 2)], [9, 8]);
});

test('frames of one shape reuse the same arrays', () => {
  const frame = new Frame();
  decodeFrame(wireFrame({ contacts: [[1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6]] }), frame);
  const { links, contacts } = frame;
  decodeFrame(wireFrame({ contacts: [] }), frame);
  assert.equal(frame.links, links);
  assert.equal(frame.contacts, contacts);
  assert.equal(frame.contactCount, 0);
});

test('a truncated, overlong or foreign frame is refused and nothing is kept of it', () => {
  const frame = new Frame();
  decodeFrame(wireFrame({ sequence: 3 }), frame);
  const whole = wireFrame({ sequence: 4, rewards: [1] });
  const foreign = whole.slice(0);
  new DataView(foreign).setUint32(0, 0x12345678, true);
  const overlong = new ArrayBuffer(whole.byteLength + 4);
  new Uint8Array(overlong).set(new Uint8Array(whole));
  for (const bad of [whole.slice(0, whole.byteLength - 4), whole.slice(0, kFrameHeaderBytes - 1), new ArrayBuffer(0), foreign, overlong]) {
    assert.throws(() => decodeFrame(bad, frame), ProtocolError);
  }
  assert.equal(frame.sequence, 3);
});

test('a pose that is not finite is refused and names its link', () => {
  assert.throws(() => decodeFrame(wireFrame({ links: [kStill, [0, NaN, 0, 1, 0, 0, 0]] }), new Frame()), /links\[1\]/);
});

test('every server message of the protocol is accepted', () => {
  const scene = {
    type: 'scene', body: 'g1', title: 'G1', kind: 'model', policy: 'walk', policies: ['walk'], links: ['pelvis'], rewards: [],
    control_hz: 50, leg_length: 0.7,
    joints: [{ name: 'j', role: 'knee', side: 'left', low: 0, high: 1, torque_max: 9, home: 0 }], mode: 'play',
  };
  assert.equal(parseServerMessage(JSON.stringify(scene)).type, 'scene');
  assert.equal(parseServerMessage('{"type":"error","message":"no","fatal":false}').type, 'error');
  assert.equal(parseServerMessage('{"type":"hello","version":"1","language_default":"en","bodies":[]}').type, 'hello');
});

test('a malformed message names the field and what was expected', () => {
  assert.throws(() => parseServerMessage('{oops'), /expected JSON/);
  assert.throws(() => parseServerMessage('[]'), /unknown type/);
  assert.throws(() => parseServerMessage('{"type":"constructor"}'), /unknown type "constructor"/);
  assert.throws(() => parseServerMessage('{"type":"error","message":"no"}'), /error\.fatal: expected boolean/);
  assert.throws(() => parseBodies([{ name: 'x' }]), /bodies\[0\]\.title: expected string/);
  const body = { name: 'x', title: 'X', kind: 'spec_sheet', installed: true, policies: [] };
  assert.equal(parseBodies([body])[0].mass, undefined); // not known yet: left out
  assert.throws(() => parseBodies([{ ...body, mass: '7' }]), /bodies\[0\]\.mass: expected number/);
});
