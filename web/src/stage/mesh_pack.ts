// Turns a body's mesh pack (docs/protocol.md, "Mesh pack") into what the GPU wants: one geometry a link and colour.
// Reads: the pack's bytes. Writes: positions (link frame, m), normals, indices. Runs in mesh_worker.ts.
// Errors: PackError names the part and what was expected; a damaged pack never draws.

import { smoothNormals } from './normals.ts';

export class PackError extends Error {
  override name = 'PackError';
}

export interface PackPart {
  link: number | string;
  position: [number, number, number];
  rotation: [number, number, number, number]; // wxyz
  color: [number, number, number, number];
  vertices: number;
  indices: number;
  offset_vertices: number;
  offset_indices: number;
  scale: number;
  origin: [number, number, number];
}

export interface PackHeader {
  body: string;
  links: { name: string; parent: number | string }[];
  parts: PackPart[];
  bytes: number;
}

/** One draw call: everything of one colour on one link. */
export interface LinkGeometry {
  link: string;
  color: [number, number, number, number];
  positions: Float32Array<ArrayBuffer>;
  normals: Float32Array<ArrayBuffer>;
  indices: Uint32Array<ArrayBuffer>;
}

const kMagic = 0x314d424d; // "MBM1"

export function readHeader(buffer: ArrayBuffer): { header: PackHeader; payload: number } {
  if (buffer.byteLength < 8) throw new PackError(`expected at least 8 bytes, got ${buffer.byteLength}`);
  const head = new DataView(buffer);
  if (head.getUint32(0, true) !== kMagic) throw new PackError('expected a mesh pack that starts with "MBM1"');
  const bytes = head.getUint32(4, true);
  const payload = 8 + bytes;
  if (payload > buffer.byteLength) throw new PackError(`header of ${bytes} bytes is longer than the pack`);
  let header: PackHeader;
  try {
    header = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 8, bytes))) as PackHeader;
  } catch {
    throw new PackError('header: expected JSON');
  }
  if (!Array.isArray(header.links) || !Array.isArray(header.parts)) throw new PackError('header: expected links and parts');
  return { header, payload };
}

export function readPack(buffer: ArrayBuffer): LinkGeometry[] {
  const { header, payload } = readHeader(buffer);
  const groups = new Map<string, { link: string; color: PackPart['color']; parts: Shape[] }>();
  header.parts.forEach((part, i) => {
    const link = linkName(header, part.link);
    if (link === undefined) throw new PackError(`parts[${i}].link: no link ${JSON.stringify(part.link)}`);
    const shape = readPart(buffer, payload, part, i);
    const key = `${link}/${part.color.map((c) => c.toFixed(3)).join(',')}`;
    const group = groups.get(key);
    if (group) group.parts.push(shape);
    else groups.set(key, { link, color: part.color, parts: [shape] });
  });
  return [...groups.values()].map(({ link, color, parts }) => ({ link, color, ...merge(parts) }));
}

function linkName(header: PackHeader, link: number | string): string | undefined {
  return typeof link === 'number' ? header.links[link]?.name : header.links.find((one) => one.name === link)?.name;
}

interface Shape {
  positions: Float32Array<ArrayBuffer>;
  normals: Float32Array<ArrayBuffer>;
  indices: Uint32Array<ArrayBuffer>;
}

function readPart(buffer: ArrayBuffer, payload: number, part: PackPart, i: number): Shape {
  const wide = part.vertices >= 65536;
  const vertexAt = payload + part.offset_vertices;
  const indexAt = payload + part.offset_indices;
  checkSpan(buffer, vertexAt, 6 * part.vertices, 2, `parts[${i}].vertices`);
  checkSpan(buffer, indexAt, (wide ? 4 : 2) * part.indices, wide ? 4 : 2, `parts[${i}].indices`);
  if (part.indices % 3 !== 0) throw new PackError(`parts[${i}].indices: expected a multiple of 3, got ${part.indices}`);
  const grid = new Uint16Array(buffer, vertexAt, 3 * part.vertices);
  const indices = wide ? new Uint32Array(buffer, indexAt, part.indices) : new Uint16Array(buffer, indexAt, part.indices);
  for (const index of indices) {
    if (index >= part.vertices) throw new PackError(`parts[${i}].indices: ${index} is beyond ${part.vertices} vertices`);
  }
  const shape = smoothNormals(grid, indices);
  place(shape, part);
  return shape;
}

function checkSpan(buffer: ArrayBuffer, at: number, bytes: number, align: number, where: string): void {
  const whole = Number.isInteger(at) && Number.isInteger(bytes) && at >= 0 && bytes >= 0 && at % align === 0;
  if (!whole || at + bytes > buffer.byteLength) throw new PackError(`${where}: does not lie within the pack`);
}

/** From the part's integer grid into the link's frame: p = position + R (origin + scale v). */
function place(shape: Shape, part: PackPart): void {
  const r = rotationMatrix(part.rotation);
  const { positions, normals } = shape;
  for (let i = 0; i < positions.length; i += 3) {
    const x = part.origin[0] + part.scale * positions[i];
    const y = part.origin[1] + part.scale * positions[i + 1];
    const z = part.origin[2] + part.scale * positions[i + 2];
    const u = normals[i];
    const v = normals[i + 1];
    const w = normals[i + 2];
    for (let k = 0; k < 3; k++) {
      positions[i + k] = part.position[k] + r[3 * k] * x + r[3 * k + 1] * y + r[3 * k + 2] * z;
      normals[i + k] = r[3 * k] * u + r[3 * k + 1] * v + r[3 * k + 2] * w;
    }
  }
}

export function rotationMatrix([w, x, y, z]: readonly number[]): number[] {
  return [
    1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y),
    2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x),
    2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y),
  ];
}

function merge(parts: Shape[]): Shape {
  if (parts.length === 1) return parts[0];
  const positions = new Float32Array(parts.reduce((sum, part) => sum + part.positions.length, 0));
  const normals = new Float32Array(positions.length);
  const indices = new Uint32Array(parts.reduce((sum, part) => sum + part.indices.length, 0));
  let v = 0;
  let n = 0;
  for (const part of parts) {
    positions.set(part.positions, v);
    normals.set(part.normals, v);
    for (let i = 0; i < part.indices.length; i++) indices[n + i] = part.indices[i] + v / 3;
    v += part.positions.length;
    n += part.indices.length;
  }
  return { positions, normals, indices };
}
