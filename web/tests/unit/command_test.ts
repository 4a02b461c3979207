import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stick } from '../../src/input/gamepad.ts';
import { Commander } from '../../src/input/command.ts';
import type { ClientMessage } from '../../src/protocol.ts';
import { State } from '../../src/state.ts';

function makeCommander(): { commander: Commander; sent: ClientMessage[]; state: State; run(seconds: number): void } {
  const state = new State();
  const sent: ClientMessage[] = [];
  const commander = new Commander(state, (message) => sent.push(message) > 0);
  let now = 0;
  const run = (seconds: number): void => {
    for (const end = now + 1000 * seconds; now < end; now += 16) commander.update(now, 0.016);
  };
  return { commander, sent, state, run };
}

const last = (sent: ClientMessage[]): ClientMessage => sent[sent.length - 1];

test('nothing is sent before the user steers', () => {
  const { sent, run } = makeCommander();
  run(1);
  assert.equal(sent.length, 0);
});

test('a held key ramps up to the limit of the range and no further', () => {
  const { commander, sent, run } = makeCommander();
  commander.set('keys', [1, 0, 0]);
  run(1);
  const speeds = sent.map((message) => (message.type === 'command' ? message.vx : NaN));
  assert.ok(speeds.length > 5);
  for (let i = 1; i < speeds.length; i++) assert.ok(speeds[i] > speeds[i - 1]);
  assert.deepEqual(last(sent), { type: 'command', vx: 1, vy: 0, wz: 0 });
});

test('at most thirty messages a second, and none while nothing changes', () => {
  const { commander, sent, run } = makeCommander();
  commander.set('keys', [1, 1, 1]);
  run(1);
  const after = sent.length;
  assert.ok(after <= 31);
  run(2);
  assert.equal(sent.length, after);
});

test('inputs add up and are clipped; backwards has its own limit', () => {
  const { commander, sent, run } = makeCommander();
  commander.set('keys', [-1, 0, 0]);
  commander.set('gamepad', [-1, 0.5, 0]);
  run(1);
  assert.deepEqual(last(sent), { type: 'command', vx: -0.5, vy: 0.15, wz: 0 });
});

test('stop sends zero at once, whatever is held', () => {
  const { commander, sent, run } = makeCommander();
  commander.set('pad', [1, 0, 1]);
  run(1);
  commander.stop();
  run(0.05);
  assert.deepEqual(last(sent), { type: 'command', vx: 0, vy: 0, wz: 0 });
});

test('a gamepad stick rests in its dead zone and reaches its end', () => {
  assert.equal(stick(0.1), 0);
  assert.equal(stick(1), 1);
  assert.ok(stick(-0.5) < 0 && stick(-0.5) > -0.5);
});
