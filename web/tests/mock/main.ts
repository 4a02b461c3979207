// `npm run mock`: the built page with the mock robot behind it, on 127.0.0.1:8080 (or PORT).
// MOCK_MJCF=robot.xml draws a real robot's meshes instead of the primitive one.

import { join } from 'node:path';
import { loadMjcf } from './mjcf.ts';
import { MockServer } from './server.ts';

const file = process.env.MOCK_MJCF;
const server = new MockServer({
  port: Number(process.env.PORT ?? 8080),
  dist: join(import.meta.dirname, '../../dist'),
  bodies: file ? [loadMjcf(file)] : undefined,
  trainSeconds: Number(process.env.TRAIN_SECONDS ?? 40),
});
await server.start();
console.log(`mock server: open ${server.url}/`);
