import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FrameTime } from '../../src/frame_time.ts';

test('frame_time_tells_shares_of_the_latest_pictures_only', (context) => {
  let now = 0;
  context.mock.method(performance, 'now', () => now);
  const time = new FrameTime();
  assert.equal(time.below(0.5), 0);
  const picture = (ms: number): void => {
    time.begin();
    now += ms;
    time.end();
  };
  for (let i = 0; i < 300; i++) picture(50);
  for (let i = 0; i < 240; i++) picture(i < 216 ? 2 : 9);
  assert.equal(time.below(0.5), 2);
  assert.equal(time.below(0.95), 9);
});
