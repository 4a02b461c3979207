// The page under test: one server for the file, a fresh page for each test.

import { expect, test as base, type Page } from '@playwright/test';
import type { Debug } from '../../src/debug.ts';
import { makeBackend, type Backend } from './backend.ts';

export { expect };

export class Viewer {
  constructor(readonly page: Page, readonly backend: Backend) {}

  async open(query: Record<string, string> = {}): Promise<void> {
    const url = new URL(this.backend.url);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    await this.page.goto(url.href);
    await this.until((now) => now.connection === 'open' && now.frames > 2);
  }

  look<K extends keyof Debug>(name: K): Promise<Debug[K]> {
    return this.page.evaluate((key) => window.__manybody[key], name) as Promise<Debug[K]>;
  }

  /** Waits for a condition on the page's state. */
  async until<T>(condition: (now: Debug, arg: T) => boolean, arg?: T): Promise<void> {
    await this.page.waitForFunction(`window.__manybody && (${condition})(window.__manybody, ${JSON.stringify(arg ?? null)})`, null, { timeout: 120_000 });
  }

  async frames(more: number): Promise<void> {
    await this.until((now, wanted) => now.frames >= wanted, (await this.look('frames')) + more);
  }

  async pause(): Promise<void> {
    if (!(await this.look('paused'))) await this.page.locator('[data-action=pause]').click();
    await this.until((now) => now.paused);
    await this.still();
  }

  /** Waits until two looks, some frames apart, see the same simulated time. */
  async still(): Promise<void> {
    await expect.poll(async () => {
      const before = await this.look('simTime');
      await this.frames(4);
      return (await this.look('simTime')) - before;
    }).toBe(0);
  }

  async standStill(): Promise<void> {
    await this.page.keyboard.press('Space');
    await this.until((now) => now.command.every((value) => Math.abs(value) < 1e-3));
  }
}

export const test = base.extend<{ viewer: Viewer }, { backend: Backend }>({
  backend: [async ({}, use) => {
    const backend = await makeBackend();
    await use(backend);
    await backend.stop();
  }, { scope: 'worker' }],
  viewer: async ({ page, backend }, use) => {
    const problems: string[] = [];
    page.on('pageerror', (error) => problems.push(error.message));
    const viewer = new Viewer(page, backend);
    await use(viewer);
    expect(problems, 'the page threw nothing').toEqual([]);
  },
});
