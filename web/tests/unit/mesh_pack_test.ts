import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readHeader, readPack, rotationMatrix } from '../../src/stage/mesh_pack.ts';
import { smoothNormals } from '../../src/stage/normals.ts';
import { makeHumanoid, type MockBody } from '../mock/body.ts';
import { box, meshPack, sphere } from '../mock/shapes.ts';

function bytes(data: Buffer): ArrayBuffer {
  return data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer;
}

function oneBox(): MockBody {
  const body = makeHumanoid('one', 'One', 1, []);
  body.links = [{ name: 'pelvis', parent: -1, position: [0, 0, 0], rotation: [1, 0, 0, 0], parts: [{ triangles: box([1, 2, 3], [0.1, 0.2, 0.3]), color: [1, 0, 0, 1] }] }];
  return body;
}

test('a pack gives back the vertices it was made of', () => {
  const [part] = readPack(bytes(meshPack(oneBox())));
  assert.equal(part.link, 'pelvis');
  const xs = Array.from(part.positions).filter((_v, i) => i % 3 === 0);
  assert.ok(Math.abs(Math.min(...xs) - 0.9) < 1e-4 && Math.abs(Math.max(...xs) - 1.1) < 1e-4);
  assert.equal(part.indices.length, 36);
});

test('parts of one colour on one link become one draw call', () => {
  const body = makeHumanoid('one', 'One', 1, []);
  const groups = readPack(bytes(meshPack(body)));
  const expected = new Set(body.links.flatMap((link) => link.parts.map((part) => `${link.name}/${part.color.join()}`)));
  assert.equal(groups.length, expected.size);
  const triangles = body.links.flatMap((link) => link.parts).reduce((sum, part) => sum + part.triangles.indices.length, 0);
  assert.equal(groups.reduce((sum, group) => sum + group.indices.length, 0), triangles);
});

test('a box keeps its edges and a sphere has none', () => {
  const cube = smoothNormals(new Uint16Array(box([10, 10, 10], [5, 5, 5]).vertices), new Uint16Array(box([10, 10, 10], [5, 5, 5]).indices));
  assert.equal(cube.positions.length / 3, 24); // three normals at each of eight corners
  for (let i = 0; i < cube.normals.length; i += 3) {
    assert.equal(Math.abs(cube.normals[i]) + Math.abs(cube.normals[i + 1]) + Math.abs(cube.normals[i + 2]), 1);
  }
  const ball = sphere([20000, 20000, 20000], 20000);
  const smooth = smoothNormals(Uint16Array.from(ball.vertices, Math.round), Uint16Array.from(ball.indices));
  let worst = 1;
  for (let i = 0; i < smooth.positions.length; i += 3) {
    const p = [0, 1, 2].map((k) => (smooth.positions[i + k] - 20000) / 20000);
    worst = Math.min(worst, p[0] * smooth.normals[i] + p[1] * smooth.normals[i + 1] + p[2] * smooth.normals[i + 2]);
  }
  assert.ok(worst > 0.98, `normals point outwards within 12°, worst cosine ${worst}`);
});

test('normals are the same however the faces are split into vertices', () => {
  const { vertices, indices } = sphere([20000, 20000, 20000], 20000);
  const whole = smoothNormals(Uint16Array.from(vertices, Math.round), Uint16Array.from(indices));
  const split = Uint16Array.from(indices.flatMap((i) => [0, 1, 2].map((k) => Math.round(vertices[3 * i + k]))));
  const soup = smoothNormals(split, Uint16Array.from(indices, (_v, i) => i));
  assert.equal(soup.positions.length, whole.positions.length);
});

test('a rotation in wxyz turns x to y by a quarter about z', () => {
  const m = rotationMatrix([Math.SQRT1_2, 0, 0, Math.SQRT1_2]);
  assert.ok(Math.abs(m[3] - 1) < 1e-12 && Math.abs(m[0]) < 1e-12);
});

test('a damaged pack is refused and says where', () => {
  const good = meshPack(oneBox());
  assert.throws(() => readPack(bytes(good).slice(0, 6)), /at least 8 bytes/);
  assert.throws(() => readPack(bytes(good).slice(0, 20)), /longer than the pack/);
  assert.throws(() => readPack(bytes(good).slice(0, good.length - 8)), /does not lie within the pack/);
  const foreign = Buffer.from(good);
  foreign.write('NOPE', 'latin1');
  assert.throws(() => readHeader(bytes(foreign)), /MBM1/);
  const wild = Buffer.from(good);
  wild.writeUInt16LE(60000, wild.length - 4); // an index far beyond the vertices
  assert.throws(() => readPack(bytes(wild)), /beyond 8 vertices/);
});
