import { expect, test } from './page.ts';

// The step's state as the checklist shows it.
const step = (skill: string) => `.chat-plan li[data-skill=${skill}]`;

test.beforeEach(async ({ viewer }) => {
  await viewer.open();
  if ((await viewer.page.getByTestId('chat').count()) && !(await viewer.page.getByTestId('chat').isVisible())) {
    await viewer.page.locator('[data-action=chat]').click();
  }
  await viewer.standStill();
  await viewer.frames(6); // the key's own command has left: a later one would take the robot over
});

test('typed_wave_is_done_by_the_robot', async ({ viewer }) => {
  const { page } = viewer;
  const before = await viewer.look('shoulder');
  await page.locator('#chat-input').fill('wave');
  await page.keyboard.press('Enter');
  await expect(page.locator('.chat-heard').last()).toHaveText('wave');
  await expect(page.locator(`${step('wave')}[data-state=running]`)).toHaveCount(1);
  await viewer.until((now, from) => Math.abs(now.shoulder - from) > 0.5, before); // a shoulder has left its place
  await expect(page.locator(`${step('wave')}[data-state=done]`)).toHaveCount(1);
});

test('typed_chinese_walk_moves_the_robot_about_a_metre', async ({ viewer }) => {
  const { page } = viewer;
  const start = await viewer.look('root');
  await page.locator('#chat-input').fill('向前走一米');
  await page.keyboard.press('Enter');
  await expect(page.locator('.chat-reply').last()).toContainText('向前走1米');
  await expect(page.locator(`${step('walk')}[data-state=done]`).last()).toBeVisible();
  await viewer.frames(30); // what is drawn lags a little
  const end = await viewer.look('root');
  const gone = Math.hypot(end[0] - start[0], end[1] - start[1]);
  expect(gone).toBeGreaterThan(0.6);
  expect(gone).toBeLessThan(1.5);
});

test('stop_ends_a_plan_and_its_checklist_says_so', async ({ viewer }) => {
  const { page } = viewer;
  await page.locator('#chat-input').fill('walk forward one metre and wave');
  await page.keyboard.press('Enter');
  await expect(page.locator(`${step('walk')}[data-state=running]`)).toHaveCount(1);
  await page.locator('#chat-input').fill('停');
  await page.keyboard.press('Enter');
  await expect(page.locator('.chat-entry').last()).toHaveAttribute('data-kind', 'stop');
  await expect(page.locator(`${step('wave')}[data-state=stopped]`)).toHaveCount(1);
  await viewer.until((now) => now.command.every((value) => Math.abs(value) < 1e-3));
});

test('without_speech_in_the_browser_its_buttons_are_not_there', async ({ viewer }) => {
  const { page } = viewer;
  const canHear = await page.evaluate(() => 'SpeechRecognition' in window || 'webkitSpeechRecognition' in window);
  await expect(page.locator('[data-action=push-to-talk]')).toHaveCount(canHear ? 1 : 0);
});
