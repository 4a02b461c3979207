// Somebody types and the robot does it: the page against the program itself, with a simulated robot and the real brain.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program, type Backend } from './backend.ts';
import { expect, test as base, type Viewer } from './page.ts';

const test = base.extend<object, { backend: Backend }>({
  backend: [async ({}, use) => {
    const backend = new Program(['--body', 'unitree_g1']);
    await backend.start();
    await use(backend);
    await backend.stop();
  }, { scope: 'worker' }],
});
// Under `make test` the program was built, and its absence is a failure.
test.skip(!Program.isBuilt && !process.env.MANYBODY_BINARY, 'build/release/manybody is not built');

const step = (skill: string): string => `.chat-entry:last-child .chat-plan li[data-skill=${skill}]`;

async function say(viewer: Viewer, text: string): Promise<void> {
  await viewer.page.locator('#chat-input').fill(text);
  await viewer.page.keyboard.press('Enter');
  await expect(viewer.page.locator('.chat-heard').last()).toHaveText(text);
}

/** Stands at its beginning. Told so, not steered: a key's command that comes late would take the robot over from its plan. */
test.beforeEach(async ({ viewer }) => {
  await viewer.open();
  await say(viewer, 'stop');
  await expect(viewer.page.locator('.chat-entry').last()).toHaveAttribute('data-kind', 'stop');
  await viewer.page.locator('[data-action=reset]').click();
  await viewer.until((now) => Math.hypot(now.root[0], now.root[1]) < 0.2 && now.command.every((value) => value === 0) &&
    now.measured.every((value) => Math.abs(value) < 0.2));
});

test('a_typed_wave_moves_the_arm_of_the_simulated_robot_and_ticks_off', async ({ viewer }) => {
  const before = await viewer.look('shoulder');
  await say(viewer, 'wave with your right hand');
  await viewer.until((now, from) => Math.abs(now.shoulder - from) > 0.5, before);
  await expect(viewer.page.locator(`${step('wave')}[data-state=done]`)).toHaveCount(1);
  await viewer.until((now, from) => Math.abs(now.shoulder - from) < 0.3, before); // and is back
  expect((await viewer.look('root'))[2], 'it still stands').toBeGreaterThan(0.5);
});

test('typed_go_to_the_table_in_chinese_brings_the_simulated_robot_there', async ({ viewer }) => {
  const stage = JSON.parse(await readFile(join(import.meta.dirname, '../../../data/brain/stage.json'), 'utf8')) as
    { places: { name: string; position: number[] }[] };
  const table = stage.places.find((place) => place.name === 'table')!.position;
  const away = ([x, y]: readonly number[]): number => Math.hypot(x - table[0], y - table[1]);
  const begun = away(await viewer.look('root'));
  await say(viewer, '走到桌子那里,然后挥挥手');
  await expect(viewer.page.locator(`${step('go_to')}[data-state=running]`)).toHaveCount(1);
  await expect(viewer.page.locator(`${step('wave')}[data-state=waiting]`)).toHaveCount(1);
  await viewer.until((now, at) => Math.hypot(now.root[0] - at[0], now.root[1] - at[1]) < 1.5, table);
  await expect(viewer.page.locator(`${step('go_to')}[data-state=done]`)).toHaveCount(1);
  await expect(viewer.page.locator(`${step('wave')}[data-state=done]`)).toHaveCount(1);
  expect(away(await viewer.look('root'))).toBeLessThan(Math.min(1.5, begun - 2));
});

test('typed_stop_ends_the_walk_of_the_simulated_robot', async ({ viewer }) => {
  await say(viewer, 'walk forward ten metres');
  await viewer.until((now) => now.root[0] > 0.3);
  await say(viewer, 'stop');
  await expect(viewer.page.locator('.chat-entry').last()).toHaveAttribute('data-kind', 'stop');
  await viewer.until((now) => now.command.every((value) => Math.abs(value) < 1e-3));
  await viewer.until((now) => now.measured.every((value) => Math.abs(value) < 0.1));
  expect((await viewer.look('root'))[0], 'nowhere near ten metres').toBeLessThan(8);
});
