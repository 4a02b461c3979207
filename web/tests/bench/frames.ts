// How fluent the stage is: the program with its ten robots, the page in headless Chromium, minutes of neither.
// Prints one JSON object: pictures a second, milliseconds of script a picture (half and 95 % of them), draw calls, triangles, the
// renderer's name, and what the simulation kept of real time. usage: node --import tsx tests/bench/frames.ts [--seconds 20]

import { chromium } from '@playwright/test';
import config from '../../playwright.config.ts';
import { Program } from '../e2e/backend.ts';

const seconds = Number(process.argv[process.argv.indexOf('--seconds') + 1]) || 20;
const program = new Program([]);
await program.start();
const browser = await chromium.launch(config.use?.launchOptions);
try {
  const page = await browser.newPage({ viewport: { width: 1280, height: 720 } });
  await page.goto(program.url);
  await page.waitForFunction(() => window.__manybody?.robots.length > 0 && window.__manybody.coming === 0 && window.__manybody.robots.every((robot) => robot.shaped), null, { timeout: 300_000 });
  await page.waitForTimeout(1000 * seconds);
  const seen = await page.evaluate(() => {
    const gl = document.createElement('canvas').getContext('webgl2');
    const info = gl?.getExtension('WEBGL_debug_renderer_info');
    const now = window.__manybody;
    return {
      robots: now.robots.length, pictures_per_s: now.fps, script_ms_half: now.scriptMs[0], script_ms_95: now.scriptMs[1], draw_calls: now.drawCalls,
      triangles: now.triangles, real_time: now.rtf, renderer: info ? String(gl?.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '',
    };
  });
  console.log(JSON.stringify(seen, null, 2));
} finally {
  await browser.close();
  await program.stop();
}
