import { defineConfig } from '@playwright/test';

// One worker and generous limits: software rendering on a small machine is slow. Tests wait for conditions, never for time.
export default defineConfig({
  testDir: 'tests/e2e',
  testMatch: '*_test.ts',
  workers: 1,
  retries: process.env.CI ? 2 : 0,  // a busy machine may lose the software renderer once
  timeout: 300_000,
  expect: { timeout: 90_000 },
  reporter: [['list']],
  use: {
    viewport: { width: 1280, height: 720 },
    actionTimeout: 90_000,
    navigationTimeout: 90_000,
    launchOptions: {
      executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
      args: [
        '--headless=new', '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
        '--disable-sync', '--use-gl=angle', '--use-angle=swiftshader', '--enable-unsafe-swiftshader',
      ],
    },
  },
});
