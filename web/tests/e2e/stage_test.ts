import { expect, test, type Viewer } from './page.ts';

// The server keeps its view from test to test: each begins with everyone on the stage.
test.beforeEach(async ({ viewer }) => {
  await viewer.open();
  if ((await viewer.look('view')) !== 'stage') await viewer.page.locator('[data-view=stage]').click();
  await viewer.until((now) => now.view === 'stage' && now.robots.length >= 8 && now.coming === 0);
  await viewer.page.keyboard.press('Escape');
  await viewer.until((now) => now.whom === 'all');
});
test.afterEach(async ({ viewer }) => {
  await viewer.page.locator('[data-view=single]').click();
  await viewer.until((now) => now.view === 'single');
});

const ids = async (viewer: Viewer): Promise<number[]> => (await viewer.look('robots')).map((robot) => robot.id);

test('eight_robots_stand_apart_with_their_shapes_and_names', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.until((now) => now.robots.every((robot) => robot.shaped && robot.place[2] > 0.1));
  const robots = await viewer.look('robots');
  for (const a of robots) {
    for (const b of robots) if (a !== b) expect(Math.hypot(a.place[0] - b.place[0], a.place[1] - b.place[1])).toBeGreaterThan(0.4);
    await expect(page.locator(`.robot-label[data-robot="${a.id}"]`)).toBeVisible();
  }
  // One draw call a robot, its shadow another: not one for every part.
  expect(await viewer.look('drawCalls')).toBeLessThan(4 * robots.length + 20);
  await viewer.pause();
  const boxes = await page.locator('.robot-label').evaluateAll((all) => all.map((one) => one.getBoundingClientRect()));
  for (const a of boxes) {
    for (const b of boxes) {
      const apart = a === b || a.right <= b.left || b.right <= a.left || a.bottom <= b.top || b.bottom <= a.top;
      expect(apart, 'names do not cover each other').toBe(true);
    }
  }
  await page.keyboard.press('p');
});

test('the_table_says_what_each_robot_is_and_does', async ({ viewer }) => {
  const { page } = viewer;
  const rows = page.locator('.robots tbody tr');
  expect(await rows.count()).toBe((await viewer.look('robots')).length);
  await expect(rows.first().locator('.robot-facts')).toHaveText(/.+ · \d+ joints · [\d.]+.kg · [\d.]+.m/);
  await expect(rows.first().locator('td').nth(1)).toHaveText(/\d\.\d\d/);
  await expect(page.locator('.robots .kind-badge:visible').first()).toHaveText('spec-sheet body');
  await page.locator('#choose-language').selectOption('zh');
  await expect(page.locator('.robots .kind-badge:visible').first()).toHaveText('规格表机器人');
  await expect(page.locator('.robots thead th').first()).toHaveText('机器人');
  await expect(rows.first().locator('.robot-facts')).toContainText('个关节');
  await page.locator('#choose-language').selectOption('en');
});

test('keys_steer_the_chosen_robot_only_and_all_of_them_when_all_are_chosen', async ({ viewer }) => {
  const { page } = viewer;
  await page.keyboard.press('Space');
  await viewer.until((now) => now.robots.every((robot) => Math.hypot(...robot.command) < 1e-3));
  const [, one] = await ids(viewer);
  await page.locator(`.robots tr[data-robot="${one}"]`).click();
  await viewer.until((now, id) => now.whom === String(id), one);
  await expect(page.getByTestId('whom')).not.toHaveText('All robots');
  await page.keyboard.down('w');
  await viewer.until((now, id) => now.robots.find((robot) => robot.id === id)!.command[0] > 0.15, one);
  for (const robot of await viewer.look('robots')) if (robot.id !== one) expect(Math.hypot(...robot.command)).toBeLessThan(1e-3);
  await page.keyboard.up('w');
  await viewer.until((now) => now.robots.every((robot) => Math.hypot(...robot.command) < 1e-3));
  await page.keyboard.press('Escape');
  await page.keyboard.down('w');
  await viewer.until((now) => now.robots.every((robot) => robot.command[0] > 0.1));
  await page.keyboard.up('w');
  await viewer.until((now) => now.robots.every((robot) => Math.hypot(...robot.command) < 1e-3 && robot.lead === 'steered'));
  await page.locator('[data-action=release]').click();
  await viewer.until((now) => now.robots.every((robot) => robot.lead !== 'steered'));
});

test('a_click_on_a_robot_chooses_it', async ({ viewer }) => {
  const { page } = viewer;
  await viewer.until((now) => now.robots.every((robot) => robot.shaped));
  await page.keyboard.press('Space');
  // Those in front of the others, and not under a panel.
  const open = (at: [number, number]): Promise<boolean> => page.evaluate(([x, y]) => document.elementFromPoint(x, y)?.tagName === 'CANVAS', at);
  const a_click_chooses = async (): Promise<boolean> => {
    for (const robot of [...(await viewer.look('robots'))].sort((a, b) => b.place[0] - a.place[0])) {
      if (!(await open(robot.at))) continue;
      await page.mouse.click(robot.at[0], robot.at[1]);
      return (await viewer.look('whom')) === String(robot.id);
    }
    return false;
  };
  await expect.poll(a_click_chooses).toBe(true);
  await page.keyboard.press('Escape');
  await viewer.until((now) => now.whom === 'all');
  // A name that no panel covers.
  const free = (): Promise<number> => page.evaluate(() => {
    for (const label of document.querySelectorAll<HTMLElement>('.robot-label[data-robot]')) {
      const box = label.getBoundingClientRect();
      if (label.contains(document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2))) return Number(label.dataset.robot);
    }
    return -1;
  });
  await expect.poll(free).toBeGreaterThanOrEqual(0);
  const first = await free();
  await page.locator(`.robot-label[data-robot="${first}"]`).click();
  await viewer.until((now, id) => now.whom === String(id), first);
  await expect(page.locator(`.robots tr[data-robot="${first}"]`)).toHaveAttribute('aria-selected', 'true');
  await page.keyboard.press(']');
  await viewer.until((now, id) => now.whom !== String(id) && now.whom !== 'all', first);
});

test('robots_come_and_go_and_plots_follow_the_chosen_one', async ({ viewer }) => {
  const { page } = viewer;
  const before = await ids(viewer);
  const name = (await page.locator('#add-robot option').nth(1).getAttribute('value'))!;
  await page.locator('#add-robot').selectOption(name);
  await viewer.until((now, n) => now.robots.length === n + 1, before.length);
  const fresh = (await ids(viewer)).find((id) => !before.includes(id))!;
  await page.locator(`.robots tr[data-robot="${fresh}"]`).click();
  await viewer.until((now, body) => now.body === body, name);
  await page.locator('#tab-joints').click();
  await viewer.until((now) => now.plotPoints.joints > 20);
  await page.locator('#tab-robots').click();
  await page.locator(`.robots tr[data-robot="${fresh}"]`).hover();
  await page.locator(`.robots tr[data-robot="${fresh}"] .robot-away button`).click();
  await viewer.until((now, n) => now.robots.length === n && now.whom === 'all', before.length);
});

test('one_robot_alone_and_back_again', async ({ viewer }) => {
  const { page } = viewer;
  const robots = await viewer.look('robots');
  await page.locator(`.robots tr[data-robot="${robots[2].id}"]`).click();
  await page.locator('[data-view=single]').click();
  await viewer.until((now, body) => now.view === 'single' && now.body === body && now.shape === body, robots[2].body);
  await expect(page.locator('#choose-body')).toBeVisible();
  await expect(page.locator('#tab-robots')).toBeHidden();
  await page.locator('[data-view=stage]').click();
  await viewer.until((now, n) => now.view === 'stage' && now.robots.length === n, robots.length);
});

async function drop(viewer: Viewer, name: string, text: string): Promise<void> {
  const data = await viewer.page.evaluateHandle(([file, content]) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([content], file));
    return transfer;
  }, [name, text]);
  await viewer.page.dispatchEvent('body', 'dragenter', { dataTransfer: data });
  await expect(viewer.page.locator('.drop-veil')).toBeVisible();
  await viewer.page.dispatchEvent('body', 'drop', { dataTransfer: data });
  await expect(viewer.page.locator('.drop-veil')).toBeHidden();
}

test('a_file_that_is_dropped_walks_or_says_why_not_in_both_languages', async ({ viewer }) => {
  const { page, backend } = viewer;
  const before = (await ids(viewer)).length;
  await drop(viewer, 'picture.png', 'no robot');
  const banner = page.locator('[data-notice=upload]');
  await expect(banner).toContainText('no robot file');
  const limb = (n: string, x: number, y: number): string => `<body name='${n}' pos='${x} ${y} 0'>${[1, 2, 3].map((i) =>
    `<body name='${n}${i}' pos='0 0 -.2'><joint name='${n}j${i}' axis='0 1 0' range='-1 1'/><geom type='capsule' fromto='0 0 0 0 0 -.2' size='.03'/>`).join('')}${'</body>'.repeat(4)}`;
  const dog = `<mujoco><compiler angle='radian'/><worldbody><body name='t' pos='0 0 1'><freejoint/><geom type='box' size='.2 .1 .08'/>${
    limb('a', 0.2, 0.1)}${limb('b', 0.2, -0.1)}${limb('c', -0.2, 0.1)}${limb('d', -0.2, -0.1)}</body></worldbody></mujoco>`;
  await drop(viewer, 'dog.xml', backend.real ? dog : 'four legs');
  await expect(banner).toContainText('more than two legs');
  await page.locator('#choose-language').selectOption('zh');
  await expect(banner).toContainText('站立的腿多于两条');
  await page.locator('#choose-language').selectOption('en');
  if (backend.real) return; // a whole humanoid is dropped in the C++ tests
  await drop(viewer, 'own_robot.xml', '<mujoco><joint/></mujoco>');
  await expect(banner).toContainText('own_robot is on the stage');
  await viewer.until((now, n) => now.robots.length === n + 1 && now.robots.some((robot) => robot.body === 'own_robot'), before);
});

test('on_a_narrow_screen_all_robots_and_controls_are_in_reach', async ({ viewer }) => {
  const { page } = viewer;
  await page.setViewportSize({ width: 390, height: 844 });
  await page.reload(); // a phone's page opens with the table closed
  await viewer.until((now) => now.view === 'stage' && now.frames > 5);
  for (const robot of await viewer.look('robots')) {
    expect(robot.at[0], robot.body).toBeGreaterThan(0);
    expect(robot.at[0], robot.body).toBeLessThan(390);
    expect(robot.at[1], robot.body).toBeGreaterThan(100);
    expect(robot.at[1], robot.body).toBeLessThan(600);
  }
  for (const part of ['.topbar', '.disc', '.transport', '[data-view=stage]']) {
    const box = (await page.locator(part).boundingBox())!;
    expect(box.x, part).toBeGreaterThanOrEqual(0);
    expect(box.x + box.width, part).toBeLessThanOrEqual(390);
  }
  await page.getByRole('button', { name: 'Show or hide the plots' }).click();
  await expect(page.locator('.robots')).toBeVisible();
  await page.setViewportSize({ width: 1280, height: 720 });
});
