import assert from 'node:assert/strict';
import { test } from 'node:test';
import { History } from '../../src/history.ts';
import { mix, Playback } from '../../src/playback.ts';
import { decodeFrame, Frame } from '../../src/protocol.ts';
import { wireFrame, type FrameParts } from './frames.ts';

function frame(parts: FrameParts, arrivedMs = 0): Frame {
  const made = new Frame();
  decodeFrame(wireFrame(parts), made);
  made.arrivedMs = arrivedMs;
  return made;
}

const at = (x: number): number[][] => [[x, 0, 0, 1, 0, 0, 0]];

test('between two frames the pose lies between them', () => {
  const playback = new Playback();
  for (let i = 0; i < 60; i++) playback.add(frame({ sequence: i + 1, simTime: i / 60, links: at(i / 60) }, (i * 1000) / 60));
  playback.update((59 * 1000) / 60);
  const shown = playback.pose[0];
  assert.ok(shown > 57 / 60 && shown < 58 / 60, `one and a half frames late, got ${shown}`);
});

test('uneven arrival gives even motion', () => {
  const playback = new Playback();
  const steps: number[] = [];
  let last = 0;
  for (let i = 0; i < 300; i++) {
    const jitter = i % 2 ? 7 : -7;
    playback.add(frame({ sequence: i + 1, simTime: i / 60, links: at(i) }, (i * 1000) / 60 + jitter));
    playback.update((i * 1000) / 60 + 8);
    if (i > 200) steps.push(playback.pose[0] - last);
    last = playback.pose[0];
  }
  assert.ok(Math.min(...steps) > 0.7 && Math.max(...steps) < 1.3, `steps ${Math.min(...steps)} … ${Math.max(...steps)}`);
});

test('a jump is shown at once and not smeared', () => {
  const playback = new Playback();
  for (let i = 0; i < 10; i++) playback.add(frame({ sequence: i + 1, simTime: i / 60, links: at(5) }, i * 16.7));
  playback.add(frame({ sequence: 11, simTime: 0, links: at(0) }, 167));
  for (let ms = 140; ms < 260; ms += 4) {
    playback.update(ms);
    assert.ok(playback.pose[0] === 5 || playback.pose[0] === 0);
  }
});

test('opposite quaternions are one rotation', () => {
  const a = new Float32Array([0, 0, 0, 1, 0, 0, 0]);
  const b = new Float32Array([0, 0, 0, -0.9998, -0.02, 0, 0]);
  const out = new Float32Array(7);
  mix(a, b, 0.5, out, 1);
  assert.ok(Math.abs(Math.hypot(...out.slice(3)) - 1) < 1e-6);
  assert.ok(out[3] > 0.999 && Math.abs(out[4] - 0.01) < 1e-3);
});

test('history keeps the newest rows in order, in one piece, for hours', () => {
  const history = new History();
  const total = 5000;
  for (let i = 1; i <= total; i++) history.add(frame({ sequence: i, simTime: i / 60, joints: [[i, 0, 2 * i, 0]], rewards: [-i] }));
  const time = history.time();
  assert.equal(time.length, history.rows);
  assert.ok(Math.abs(time[time.length - 1] - total / 60) < 1e-9);
  for (let i = 1; i < time.length; i++) assert.ok(time[i] > time[i - 1]);
  assert.equal(history.joint(0, 2).at(-1), 2 * total);
  assert.equal(history.reward(0).at(-1), -total);
  assert.ok(Math.abs(history.recentMean(history.joint(0, 0), 1) - (total - 29.5)) < 1);
});

test('a paused frame is not recorded twice and a reset starts anew', () => {
  const history = new History();
  history.add(frame({ simTime: 1 }));
  history.add(frame({ simTime: 1 }));
  assert.equal(history.rows, 1);
  history.add(frame({ simTime: 0.02 }));
  assert.deepEqual([...history.time()], [0.02]);
});
