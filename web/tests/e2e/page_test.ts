import { readFile } from 'node:fs/promises';
import { expect, test } from './page.ts';

test('both_languages_are_complete_and_remembered', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  await page.locator('#choose-language').selectOption('zh');
  await viewer.until((now) => now.language === 'zh');
  await expect(page.getByRole('button', { name: '学走路' })).toBeVisible();
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN');
  await expect(page.getByTestId('connection')).toContainText('已连接');
  await page.reload();
  await viewer.until((now) => now.language === 'zh' && now.frames > 2);
  await page.locator('#choose-language').selectOption('en');
  await expect(page.getByRole('button', { name: 'Learn to walk' })).toBeVisible();
  await expect(page.getByTestId('connection')).toContainText('Connected');
});

test.describe('a Chinese browser', () => {
  test.use({ locale: 'zh-CN' });
  test('starts_in_chinese', async ({ viewer }) => {
    await viewer.open();
    expect(await viewer.look('language')).toBe('zh');
    await expect(viewer.page.getByRole('tab', { name: '运动' })).toBeVisible();
  });
});

test('lost_server_is_said_and_comes_back_as_it_was', async ({ viewer }) => {
  const { page, backend } = viewer;
  await viewer.open();
  await page.locator('[data-speed="0.5"]').click();
  await viewer.until((now) => now.speed === 0.5);
  await viewer.pause();
  await backend.stop();
  await viewer.until((now) => now.connection === 'lost');
  await expect(page.locator('[data-notice=connection]')).toContainText('does not answer');
  const before = await viewer.look('frames');
  await backend.start();
  await viewer.until((now, frames) => now.connection === 'open' && now.frames > frames, before);
  await viewer.until((now) => now.paused && now.speed === 0.5);
  await expect(page.locator('.banner.lost')).toHaveCount(0);
  await page.keyboard.press('p');
  await page.locator('[data-speed="1"]').click();
  await viewer.until((now) => !now.paused && now.speed === 1);
});

test('an_error_of_the_server_shows_in_the_page', async ({ viewer }) => {
  await viewer.open({ body: 'no_such_robot' });
  const banner = viewer.page.locator('[data-notice=server]');
  await expect(banner).toBeVisible();
  await expect(banner).toContainText('no_such_robot');
  await banner.getByRole('button', { name: 'Dismiss' }).click();
  await expect(banner).toHaveCount(0);
});

test('body_and_policy_are_chosen_while_it_runs', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  const first = await viewer.look('body');
  const bodies = await page.locator('#choose-body option:not([disabled])').evaluateAll((all) => all.map((one) => (one as HTMLOptionElement).value));
  const other = bodies.find((name) => name !== first);
  test.skip(!other, 'only one body is installed');
  await page.locator('#choose-body').selectOption(other!);
  await viewer.until((now, body) => now.body === body && now.shape === body, other!);
  await page.locator('#choose-body').selectOption(first);
  await viewer.until((now, body) => now.body === body, first);
  const policies = page.locator('#choose-policy option');
  if ((await policies.count()) > 1) {
    const name = (await policies.nth(1).getAttribute('value'))!;
    await page.locator('#choose-policy').selectOption(name);
    await viewer.until((now, policy) => now.policy === policy, name);
  }
});

test('a_spec_sheet_body_is_named_as_such_and_walks_on_the_gait_prior', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  await expect(page.getByTestId('kind')).toBeHidden();
  const sheet = page.locator('#choose-body optgroup[label*="prior"] option:not([disabled])', { hasText: 'spec-sheet body' }).first();
  const name = (await sheet.getAttribute('value'))!;
  await expect(sheet).not.toContainText(' 0 ');
  await page.locator('#choose-body').selectOption(name);
  await viewer.until((now, body) => now.body === body && now.shape === body, name);
  await expect(page.getByTestId('kind')).toHaveText('spec-sheet body');
  expect(await viewer.look('policy')).toBe('none');
  await expect(page.locator('#choose-policy option:checked')).toHaveText('gait prior only (not trained)');
  await page.locator('#choose-language').selectOption('zh');
  await expect(page.getByTestId('kind')).toHaveText('规格表机器人');
  await expect(page.locator('#choose-body option:checked')).toHaveText(/\p{Script=Han}.*规格表机器人/u);
  await expect(page.locator('#choose-policy option:checked')).toHaveText('仅步态先验(未训练)');
  await page.locator('#choose-language').selectOption('en');
  for (const select of ['#choose-body', '#learn-body']) {
    const absent = page.locator(`${select} optgroup[label="Not on this machine"] option`);
    for (const option of await absent.all()) {
      await expect(option).toBeDisabled();
      await expect(option).toHaveText(/make robots|cannot be read/);
    }
  }
});

test('every_plot_gets_data', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  for (const tab of ['motion', 'joints', 'torques', 'motors', 'rewards']) {
    await page.locator(`#tab-${tab}`).click();
    await viewer.until((now, name) => now.plotPoints[name] > 20, tab);
    await expect(page.locator(`#page-${tab} canvas`).first()).toBeVisible();
  }
  await page.locator('#tab-joints').click();
  await expect(page.locator('#page-joints .showing')).toHaveText(/The chart shows \d+ of \d+\./);
  await page.locator('#page-joints').getByRole('button', { name: 'All' }).click();
  await expect(page.locator('#page-joints .chip[aria-pressed=false]')).toHaveCount(0);
});

test('the_motors_tab_shows_the_plane_of_the_bottleneck_and_of_any_joint_chosen', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  await page.keyboard.down('w');
  await page.locator('#tab-motors').click();
  await viewer.until((now) => now.plotPoints.motors > 100);
  await page.keyboard.up('w');
  const rows = page.locator('.motor-row');
  await expect(rows.first()).toHaveAttribute('aria-pressed', 'true'); // the bottleneck is on view by itself
  const shares = async (): Promise<number[]> => (await page.locator('.motor-share').allTextContents()).map((text) => parseInt(text.replace('−', '-'), 10));
  await expect.poll(async () => (await shares())[0]).toBeGreaterThan(0);
  const seen = await shares();
  expect(seen).toEqual([...seen].sort((a, b) => b - a));
  // The region and the points are drawn: their colours are on the canvas.
  const inked = await page.locator('canvas.plane').evaluate((canvas: HTMLCanvasElement) => {
    const { data } = canvas.getContext('2d')!.getImageData(0, 0, canvas.width, canvas.height);
    let region = 0, points = 0;
    for (let i = 0; i < data.length; i += 4) {
      if (data[i + 3] < 60) continue;
      if (data[i + 2] > data[i] + 60) region++;
      if (data[i] > data[i + 2] + 60) points++;
    }
    return { region, points };
  });
  expect(inked.region).toBeGreaterThan(100);
  expect(inked.points).toBeGreaterThan(30);
  const last = (await rows.last().getAttribute('data-joint'))!;
  await page.locator(`.motor-row[data-joint="${last}"]`).click();
  await expect(page.locator(`.motor-row[data-joint="${last}"]`)).toHaveAttribute('aria-pressed', 'true');
  await expect(rows.first()).toHaveAttribute('aria-pressed', 'false');
  await page.getByRole('button', { name: 'Follow the bottleneck' }).click();
  await expect(rows.first()).toHaveAttribute('aria-pressed', 'true');
  if (!viewer.backend.real) await expect(page.getByTestId('motor-sheet')).toHaveText('Mock planetary 110 (planetary reducer)');
  await page.locator('#choose-language').selectOption('zh');
  await expect(page.getByRole('tab', { name: '电机' })).toBeVisible();
  if (!viewer.backend.real) await expect(page.getByTestId('motor-sheet')).toHaveText('Mock planetary 110（行星减速器）');
  await page.locator('#choose-language').selectOption('en');
});

test('contact_forces_and_camera_toggle', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  await page.keyboard.press('f');
  await expect(page.locator('[data-tool=forces]')).toHaveAttribute('aria-pressed', 'true');
  await viewer.until((now) => now.contacts > 0);
  await page.keyboard.press('c');
  await viewer.until((now) => now.camera === 'chase');
  await page.locator('[data-tool=camera]').click();
  await viewer.until((now) => now.camera === 'free');
});

test('a_video_and_a_picture_are_saved', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.open();
  const picture = page.waitForEvent('download');
  await page.locator('[data-tool=picture]').click();
  const png = await readFile(await (await picture).path());
  expect(png.subarray(1, 4).toString('latin1')).toBe('PNG');
  await page.locator('[data-tool=record]').click();
  await viewer.until((now) => now.recording);
  await viewer.frames(300); // a slow machine draws one picture a second: some must be in the video
  const video = page.waitForEvent('download');
  await page.locator('[data-tool=record]').click();
  expect((await video).suggestedFilename()).toMatch(/\.(webm|mp4)$/);
  await viewer.until((now) => !now.recording && now.recordedBytes > 1000);
});

test('learn_to_walk_shows_curves_and_the_robot_in_training', async ({ viewer }) => {
  const { page, backend } = viewer;
  await viewer.open();
  await page.getByRole('button', { name: 'Learn to walk' }).click();
  await page.locator('[data-train=start]').click();
  await viewer.until((now) => now.trainState === 'running');
  await viewer.until((now) => now.mode === 'train');
  await viewer.until((now) => now.plotPoints.learn > 6);
  await expect(page.locator('#page-learn canvas').first()).toBeVisible();
  await expect(page.getByTestId('learn-state')).toHaveText('Learning');
  await expect(page.locator('.badge')).toBeVisible();
  if (backend.real) {
    await page.locator('[data-train=stop]').click();
    await viewer.until((now) => now.trainState === 'stopped');
  } else {
    await viewer.until((now) => now.trainState === 'finished');
    await expect(page.getByTestId('learn-state')).toHaveText('Learned');
  }
  await page.locator('[data-train=play]').click();
  await viewer.until((now) => now.mode === 'play');
});

test('a_narrow_screen_has_everything_in_reach', async ({ viewer }) => {
  const { page } = viewer;
  await page.setViewportSize({ width: 390, height: 844 });
  await viewer.open();
  for (const part of ['.topbar', '.disc', '.transport', '.tools']) {
    const box = (await page.locator(part).boundingBox())!;
    expect(box.x, part).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width, part).toBeLessThanOrEqual(390);
    expect(box.y + box.height, part).toBeLessThanOrEqual(844);
  }
  await page.getByRole('button', { name: 'Show or hide the plots' }).click();
  await expect(page.getByRole('tab', { name: 'Motion' })).toBeVisible();
});
