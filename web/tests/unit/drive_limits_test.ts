import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limitsOf, rankJoints, torqueAt, usageOf, type Limits } from '../../src/panels/drive_limits.ts';
import type { JointInfo } from '../../src/protocol.ts';

const joint = (more: Partial<JointInfo>): JointInfo => ({ name: 'knee', role: 'knee', side: 'left', low: 0, high: 2, torque_max: 100, home: 0, ...more });
const near = (a: number, b: number): void => assert.ok(Math.abs(a - b) < 1e-4, `${a} is not ${b}`);
// A motor at a bus: torque falls on a straight line to no load.
const line = limitsOf(joint({ torque_max: 0, drive: { title: 'x', kind: 'servo', curve: [[0, 80, 20], [5, 40, 10], [10, 0, 0]] } })) as Limits;

test('without a data sheet the region is the box of torque and speed', () => {
  const box = limitsOf(joint({ velocity_max: 10 })) as Limits;
  assert.deepEqual(usageOf(box, 5, 20), { share: 0.5, by: 'speed' });
  assert.deepEqual(usageOf(box, -5, 80), { share: 0.8, by: 'torque' });
  assert.equal(usageOf(box, 20, 0).share, 2);
  const unknown = limitsOf(joint({})) as Limits;
  assert.deepEqual(usageOf(unknown, 1e6, -50), { share: 0.5, by: 'torque' });
});

test('under a straight torque-speed line the share is the sum of both, as closed form says', () => {
  near(torqueAt(line, 2.5), 60);
  for (const [speed, torque] of [[2, 16], [5, 40], [-3, -60], [9.5, 2], [12, 8]]) near(usageOf(line, speed, torque).share, Math.abs(speed) / 10 + Math.abs(torque) / 80);
});

test('against its motion a drive brakes with what it has at rest', () => {
  near(usageOf(line, 5, -40).share, 0.5);
  near(usageOf(line, -2, 72).share, 0.9);
});

test('a curve that sags below the line and a gear limit count as they are', () => {
  const sag = limitsOf(joint({ torque_max: 50, drive: { title: '', kind: 'harmonic', curve: [[0, 100, 30], [4, 20, 10], [10, 0, 0]] } })) as Limits;
  assert.equal(sag.torque, 50, 'the lower of curve and robot file');
  near(usageOf(sag, 4, 20).share, 1);
  near(usageOf(sag, 2, 10).share, 0.5); // half way to the same point
});

test('what is not driven or has no limit is left out', () => {
  assert.equal(limitsOf(joint({ driven: false })), null);
  assert.equal(limitsOf(joint({ torque_max: 0 })), null);
  assert.deepEqual(rankJoints([null], () => [1], () => [1]), []);
});

test('joints are ranked by what nine moments of ten stay below', () => {
  const box = limitsOf(joint({ velocity_max: 10 })) as Limits;
  const torques = [[...Array<number>(18).fill(30), 90, 95], Array<number>(20).fill(40)]; // one shock does not make a bottleneck
  const ranked = rankJoints([box, box], () => Array<number>(20).fill(0), (i) => torques[i]);
  assert.deepEqual(ranked.map((one) => [one.joint, one.usual, one.peak, one.by]), [[1, 0.4, 0.4, 'torque'], [0, 0.3, 0.95, 'torque']]);
});
