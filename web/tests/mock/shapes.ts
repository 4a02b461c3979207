// Primitive solids as triangles, and the mesh pack that carries them (docs/protocol.md).

import type { MockBody } from './body.ts';
import type { Vec } from './vec.ts';

export interface Triangles {
  vertices: number[]; // xyz
  indices: number[];
}

/** A surface of revolution around the line a–b: `profile` lists (distance along the line, radius). */
function lathe(a: Vec, b: Vec, profile: [number, number][], around = 28): Triangles {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]) || 1;
  const w: Vec = length > 1e-9 ? [(b[0] - a[0]) / length, (b[1] - a[1]) / length, (b[2] - a[2]) / length] : [0, 0, 1];
  const helper: Vec = Math.abs(w[0]) < 0.9 ? [1, 0, 0] : [0, 1, 0];
  const u = unit(cross(helper, w));
  const v = cross(w, u);
  const vertices: number[] = [];
  const indices: number[] = [];
  for (const [along, radius] of profile) {
    for (let i = 0; i < around; i++) {
      const c = radius * Math.cos((2 * Math.PI * i) / around);
      const s = radius * Math.sin((2 * Math.PI * i) / around);
      for (let k = 0; k < 3; k++) vertices.push(a[k] + along * w[k] + c * u[k] + s * v[k]);
    }
  }
  for (let r = 0; r + 1 < profile.length; r++) {
    for (let i = 0; i < around; i++) {
      const p = r * around + i;
      const q = r * around + ((i + 1) % around);
      indices.push(p, q, q + around, p, q + around, p + around);
    }
  }
  return { vertices, indices };
}

const cross = (a: Vec, b: Vec): Vec => [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]];
const unit = (a: Vec): Vec => {
  const n = Math.hypot(...a);
  return [a[0] / n, a[1] / n, a[2] / n];
};

export function capsule(a: Vec, b: Vec, radius: number): Triangles {
  const length = Math.hypot(b[0] - a[0], b[1] - a[1], b[2] - a[2]);
  const profile: [number, number][] = [];
  for (let i = 0; i <= 10; i++) {
    const angle = (Math.PI / 2) * (i / 10 - 1);
    profile.push([radius * Math.sin(angle), Math.max(1e-5, radius * Math.cos(angle))]);
  }
  for (let i = 0; i <= 10; i++) {
    const angle = (Math.PI / 2) * (i / 10);
    profile.push([length + radius * Math.sin(angle), Math.max(1e-5, radius * Math.cos(angle))]);
  }
  return lathe(a, b, profile);
}

export function sphere(at: Vec, radius: number): Triangles {
  const profile: [number, number][] = [];
  for (let i = 0; i <= 18; i++) {
    const angle = Math.PI * (i / 18 - 0.5);
    profile.push([radius * Math.sin(angle), Math.max(1e-5, radius * Math.cos(angle))]);
  }
  return lathe(at, [at[0], at[1], at[2] + 1], profile);
}

export function box(at: Vec, half: Vec): Triangles {
  const vertices: number[] = [];
  for (let i = 0; i < 8; i++) {
    for (let k = 0; k < 3; k++) vertices.push(at[k] + (i & (1 << k) ? half[k] : -half[k]));
  }
  const quads = [[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]];
  return { vertices, indices: quads.flatMap(([a, b, c, d]) => [a, b, c, a, c, d]) };
}

export function meshPack(body: MockBody): Buffer {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const append = (data: Uint16Array | Uint32Array): number => {
    const at = bytes;
    const chunk = Buffer.alloc(Math.ceil(data.byteLength / 4) * 4);
    Buffer.from(data.buffer, data.byteOffset, data.byteLength).copy(chunk);
    chunks.push(chunk);
    bytes += chunk.length;
    return at;
  };
  const parts = body.links.flatMap((link, at) => link.parts.map(({ triangles, color }) => {
    const { vertices } = triangles;
    const low = [0, 1, 2].map((k) => vertices.reduce((least, v, i) => (i % 3 === k ? Math.min(least, v) : least), Infinity));
    const high = [0, 1, 2].map((k) => vertices.reduce((most, v, i) => (i % 3 === k ? Math.max(most, v) : most), -Infinity));
    const scale = Math.max(1e-9, ...high.map((h, k) => h - low[k])) / 65535;
    const count = vertices.length / 3;
    const grid = Uint16Array.from(vertices, (v, i) => Math.round((v - low[i % 3]) / scale));
    const indices = count < 65536 ? Uint16Array.from(triangles.indices) : Uint32Array.from(triangles.indices);
    return {
      link: at, position: [0, 0, 0], rotation: [1, 0, 0, 0], color, vertices: count, indices: indices.length,
      offset_vertices: append(grid), offset_indices: append(indices), scale, origin: low,
    };
  }));
  const links = body.links.map(({ name, parent }) => ({ name, parent }));
  let json = JSON.stringify({ body: body.name, links, parts, bytes });
  json += ' '.repeat((4 - (Buffer.byteLength(json) % 4)) % 4);
  const head = Buffer.alloc(8);
  head.write('MBM1', 'latin1');
  head.writeUInt32LE(Buffer.byteLength(json), 4);
  return Buffer.concat([head, Buffer.from(json), ...chunks]);
}
