// Reads as much of a robot's MJCF as drawing it needs: bodies, hinges, visual meshes (STL), colours.
// Only for work on the page with real shapes; the product's reader is the C++ room `body`.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { MockBody, MockLink } from './body.ts';
import type { Triangles } from './shapes.ts';
import { add, turn, type Quat, type Vec } from './vec.ts';

interface Xml {
  tag: string;
  attrs: Record<string, string>;
  children: Xml[];
}

function parseXml(text: string): Xml {
  const root: Xml = { tag: '', attrs: {}, children: [] };
  const open = [root];
  for (const [, close, tag, rest, alone] of text.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<(\/?)([\w-]+)((?:\s+[\w-]+\s*=\s*"[^"]*")*)\s*(\/?)>/g)) {
    if (close) {
      open.pop();
      continue;
    }
    const attrs = Object.fromEntries([...rest.matchAll(/([\w-]+)\s*=\s*"([^"]*)"/g)].map(([, name, value]) => [name, value]));
    const node: Xml = { tag, attrs, children: [] };
    open.at(-1)!.children.push(node);
    if (!alone) open.push(node);
  }
  return root.children[0];
}

const find = (node: Xml, tag: string): Xml[] => node.children.filter((child) => child.tag === tag);
const numbers = (text: string | undefined, otherwise: number[]): number[] => (text ? text.trim().split(/\s+/).map(Number) : otherwise);
const baseName = (file: string): string => file.replace(/^.*\//, '').replace(/\.[^.]*$/, '');

export function loadMjcf(file: string): MockBody {
  const model = parseXml(readFileSync(file, 'utf8'));
  const folder = join(dirname(file), find(model, 'compiler')[0]?.attrs.meshdir ?? '.');
  const assets = find(model, 'asset').flatMap((asset) => asset.children);
  const meshes = new Map(assets.filter((one) => one.tag === 'mesh').map((one) => [one.attrs.name ?? baseName(one.attrs.file), one.attrs.file]));
  const colors = new Map(assets.filter((one) => one.tag === 'material').map((one) => [one.attrs.name, numbers(one.attrs.rgba, [0.7, 0.7, 0.7, 1])]));
  const links: MockLink[] = [];
  const soles: MockBody['soles'] = [];
  const visit = (node: Xml, parent: number): void => {
    const at = links.length;
    const joint = find(node, 'joint').find((one) => one.attrs.axis || one.attrs.name?.endsWith('joint'));
    links.push({
      name: node.attrs.name, parent, position: numbers(node.attrs.pos, [0, 0, 0]) as Vec, rotation: numbers(node.attrs.quat, [1, 0, 0, 0]) as Quat,
      joint: joint && parent >= 0 ? makeJoint(joint) : undefined, parts: [],
    });
    for (const geom of find(node, 'geom')) {
      if (geom.attrs.mesh && geom.attrs.class === 'visual') {
        const triangles = place(readStl(join(folder, meshes.get(geom.attrs.mesh)!)), geom);
        const color = colors.get(geom.attrs.material ?? 'metal') ?? [0.7, 0.7, 0.7, 1];
        links[at].parts.push({ triangles, color: color as [number, number, number, number] });
        if (/ankle_roll|foot/.test(node.attrs.name)) soles.push(...lowPoints(triangles, at));
      }
    }
    for (const child of find(node, 'body')) visit(child, at);
  };
  visit(find(find(model, 'worldbody')[0], 'body')[0], -1);
  return { name: baseName(file), title: model.attrs.model ?? baseName(file), kind: 'model', mass: 33.3, height: 1.32, policies: ['walk'], links, soles };
}

const kHome: Record<string, number> = { hip_pitch: -0.25, knee: 0.5, ankle_pitch: -0.25, shoulder_pitch: 0.25, elbow: 0.9 };

function makeJoint(node: Xml): MockLink['joint'] {
  const name = node.attrs.name;
  const role = name.replace(/^(left|right)_/, '').replace(/_joint$/, '');
  const [low, high] = numbers(node.attrs.range, [-3, 3]);
  return {
    name, role, side: /^(left|right)/.exec(name)?.[1] ?? 'center', low, high, torque_max: numbers(node.attrs.actuatorfrcrange, [-50, 50])[1],
    home: kHome[role] ?? 0, axis: numbers(node.attrs.axis, [0, 0, 1]) as Vec,
  };
}

function lowPoints({ vertices }: Triangles, link: number): MockBody['soles'] {
  const points: Vec[] = [];
  for (let i = 0; i < vertices.length; i += 3) points.push([vertices[i], vertices[i + 1], vertices[i + 2]]);
  const low = Math.min(...points.map((p) => p[2]));
  const flat = points.filter((p) => p[2] < low + 0.004).sort((a, b) => a[0] - b[0]);
  return [flat[0], flat.at(-1)!].map((point) => ({ link, point }));
}

function place(mesh: Triangles, geom: Xml): Triangles {
  const position = numbers(geom.attrs.pos, [0, 0, 0]) as Vec;
  const rotation = numbers(geom.attrs.quat, [1, 0, 0, 0]) as Quat;
  const vertices: number[] = [];
  for (let i = 0; i < mesh.vertices.length; i += 3) {
    vertices.push(...add(position, turn(rotation, mesh.vertices.slice(i, i + 3) as Vec)));
  }
  return { vertices, indices: mesh.indices };
}

function readStl(file: string): Triangles {
  const data = readFileSync(file);
  const faces = data.readUInt32LE(80);
  const seen = new Map<string, number>();
  const vertices: number[] = [];
  const indices: number[] = [];
  for (let f = 0; f < faces; f++) {
    for (let c = 0; c < 3; c++) {
      const at = 84 + 50 * f + 12 + 12 * c;
      const key = data.toString('latin1', at, at + 12);
      let index = seen.get(key);
      if (index === undefined) {
        index = vertices.length / 3;
        seen.set(key, index);
        for (let k = 0; k < 3; k++) vertices.push(data.readFloatLE(at + 4 * k));
      }
      indices.push(index);
    }
  }
  return { vertices, indices };
}
