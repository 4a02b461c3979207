import { expect, test } from './page.ts';

test.beforeEach(async ({ viewer }) => {
  await viewer.open();
  await viewer.page.keyboard.press('r');
});

test('robot_shape_arrives_and_frames_flow', async ({ viewer }) => {
  await viewer.until((now) => now.shape === now.body && now.shape !== '');
  const before = await viewer.look('frames');
  await viewer.frames(20);
  expect(await viewer.look('frames')).toBeGreaterThan(before);
  await expect(viewer.page.getByTestId('connection')).toHaveAttribute('data-state', 'open');
});

test('robot_moves_while_a_key_is_held', async ({ viewer }) => {
  await viewer.standStill();
  await viewer.page.keyboard.press('r');
  const start = await viewer.look('root');
  await viewer.page.keyboard.down('w');
  await viewer.until((now) => now.command[0] > 0.3);
  await viewer.until((now, from) => Math.hypot(now.root[0] - from[0], now.root[1] - from[1]) > 0.4, start);
  await viewer.page.keyboard.up('w');
  await viewer.until((now) => Math.abs(now.command[0]) < 1e-3);
});

test('keys_turn_and_sidestep_with_the_right_sign', async ({ viewer }) => {
  await viewer.standStill();
  for (const [key, axis, sign] of [['a', 1, 1], ['d', 1, -1], ['q', 2, 1], ['e', 2, -1], ['ArrowDown', 0, -1]] as const) {
    await viewer.page.keyboard.down(key);
    await viewer.until((now, want) => now.command[want.axis] * want.sign > 0.1, { axis, sign });
    await viewer.page.keyboard.up(key);
    await viewer.until((now) => now.command.every((value) => Math.abs(value) < 1e-3));
  }
});

test('pad_steers_and_springs_back', async ({ viewer }) => {
  await viewer.standStill();
  const disc = (await viewer.page.locator('.disc').boundingBox())!;
  await viewer.page.mouse.move(disc.x + disc.width / 2, disc.y + disc.height / 2);
  await viewer.page.mouse.down();
  await viewer.page.mouse.move(disc.x + disc.width / 2, disc.y + 8);
  await viewer.until((now) => now.command[0] > 0.3);
  await viewer.page.mouse.up();
  await viewer.until((now) => Math.abs(now.command[0]) < 1e-3);
});

test('pause_stops_it_and_resume_goes_on', async ({ viewer }) => {
  await viewer.pause();
  const time = await viewer.look('simTime');
  const root = await viewer.look('root');
  await viewer.frames(20);
  expect(await viewer.look('simTime')).toBe(time);
  expect(await viewer.look('root')).toEqual(root);
  await viewer.page.keyboard.press('p');
  await viewer.until((now, before) => !now.paused && now.simTime > before, time);
});

test('single_step_advances_exactly_one_control_step', async ({ viewer }) => {
  await viewer.pause();
  for (const step of [1, 2]) {
    const time = await viewer.look('simTime');
    await viewer.page.locator('[data-action=step]').click();
    await viewer.until((now, before) => now.simTime > before, time);
    await viewer.still();
    expect((await viewer.look('simTime')) - time, `step ${step}`).toBeCloseTo(1 / (await viewer.look('controlHz')), 6);
  }
  await viewer.page.keyboard.press('p');
  await viewer.until((now) => !now.paused);
});

test('reset_puts_it_back_at_time_zero', async ({ viewer }) => {
  await viewer.until((now) => now.simTime > 1);
  await viewer.pause();
  const time = await viewer.look('simTime');
  await viewer.page.locator('[data-action=reset]').click();
  await viewer.until((now, before) => now.simTime < before, time);
  await viewer.until((now) => Math.hypot(now.root[0], now.root[1]) < 0.2);
  await viewer.page.keyboard.press('p');
  await viewer.until((now) => !now.paused);
});

test('speed_changes_and_the_true_factor_is_shown', async ({ viewer }) => {
  await viewer.page.locator('[data-speed="0.5"]').click();
  await viewer.until((now) => now.speed === 0.5);
  await expect(viewer.page.locator('[data-speed="0.5"]')).toHaveAttribute('aria-pressed', 'true');
  await expect(viewer.page.getByTestId('rtf')).toContainText(/true \d\.\d\d×/);
  await viewer.until((now) => now.rtf < 0.8);
  await viewer.page.locator('[data-speed="1"]').click();
  await viewer.until((now) => now.speed === 1);
});

test('push_by_dragging_moves_it', async ({ viewer }) => {
  await viewer.standStill();
  await viewer.until((now) => now.shape === now.body);
  await viewer.until((now) => now.measured.every((value) => Math.abs(value) < 0.15));
  await viewer.page.locator('[data-tool=push]').click();
  const before = await viewer.look('root');
  // The robot stands in the middle of the free part of the stage: feel for it there.
  const pushed = await feelFor(viewer.page, () => viewer.look('pushes'));
  expect(pushed, 'a drag on the robot sends a push').toBe(true);
  await viewer.until((now, from) => Math.hypot(now.root[0] - from[0], now.root[1] - from[1]) > 0.02, before);
});

async function feelFor(page: import('@playwright/test').Page, pushes: () => Promise<number>): Promise<boolean> {
  const view = page.viewportSize()!;
  const before = await pushes();
  for (let y = 0.36; y < 0.66; y += 0.04) {
    for (let x = 0.3; x < 0.6; x += 0.03) {
      const at = { x: x * view.width, y: y * view.height };
      await page.mouse.move(at.x, at.y);
      await page.mouse.down();
      if (await page.locator('.push-label').isVisible()) {
        await page.mouse.move(at.x + 80, at.y - 10, { steps: 4 });
        await page.mouse.move(at.x + 200, at.y - 20, { steps: 4 });
        await page.mouse.up();
        await expect.poll(pushes).toBeGreaterThan(before);
        return true;
      }
      await page.mouse.up();
    }
  }
  return false;
}
