// The robot on the stage: a group a link, moved by every pose; small spheres stand in until its shape has arrived.
// Reads: link names (scene), geometries (mesh_store), poses (playback). Writes: three.js objects.

import {
  BufferAttribute, BufferGeometry, Color, Group, Mesh, MeshStandardMaterial, Object3D, SphereGeometry, SRGBColorSpace, Vector3,
  type Intersection, type Raycaster,
} from 'three';
import { kLinkFloats } from '../protocol.ts';
import type { LinkGeometry } from './mesh_pack.ts';
import { studioLight } from './studio.ts';

export class Robot {
  readonly group = new Group();
  private links: Group[] = [];

  get linkCount(): number {
    return this.links.length;
  }

  private names: string[] = [];
  private rootIndex = 0;
  private readonly stand = studioLight(new MeshStandardMaterial({ color: 0x9aa7b6, roughness: 0.5 }));
  private readonly ball = new SphereGeometry(0.028, 16, 12);
  private readonly materials = new Map<string, MeshStandardMaterial>();
  private geometries: BufferGeometry[] = [];

  /** New links, nothing drawn yet but a sphere each. */
  setLinks(names: string[]): void {
    this.clear();
    this.names = names;
    this.rootIndex = Math.max(0, names.findIndex((name) => name !== 'world'));
    this.links = names.map((name) => {
      const link = new Group();
      link.name = name;
      link.visible = false; // until its first pose
      if (name !== 'world') link.add(new Mesh(this.ball, this.stand));
      this.group.add(link);
      return link;
    });
  }

  setShape(geometries: LinkGeometry[]): void {
    for (const link of this.links) link.clear();
    for (const geometry of this.geometries) geometry.dispose();
    this.geometries = [];
    for (const part of geometries) {
      const at = this.names.indexOf(part.link);
      if (at < 0) continue; // the scene does not move this link: nothing to hang it on
      const geometry = new BufferGeometry();
      geometry.setAttribute('position', new BufferAttribute(part.positions, 3));
      geometry.setAttribute('normal', new BufferAttribute(part.normals, 3));
      geometry.setIndex(new BufferAttribute(part.indices, 1));
      geometry.computeBoundingSphere();
      this.geometries.push(geometry);
      const mesh = new Mesh(geometry, this.material(part.color));
      mesh.castShadow = true;
      mesh.receiveShadow = true;
      this.links[at].add(mesh);
    }
  }

  setPose(pose: Float32Array): void {
    for (let l = 0, i = 0; l < this.links.length; l++, i += kLinkFloats) {
      const link = this.links[l];
      link.position.set(pose[i], pose[i + 1], pose[i + 2]);
      link.quaternion.set(pose[i + 4], pose[i + 5], pose[i + 6], pose[i + 3]); // three.js: xyzw
      link.visible = true;
    }
  }

  rootPosition(out: Vector3): Vector3 {
    const root = this.links[this.rootIndex];
    return root ? out.copy(root.position) : out.set(0, 0, 0);
  }

  /** Where the robot faces on the floor, radians from x. */
  heading(): number {
    const root = this.links[this.rootIndex];
    if (!root) return 0;
    const { x, y, z, w } = root.quaternion;
    return Math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z));
  }

  linkObject(index: number): Object3D | undefined {
    return this.links[index];
  }

  /** The link under a ray and the point hit, or null. */
  pick(ray: Raycaster): { link: number; point: Vector3 } | null {
    this.group.updateMatrixWorld();
    const hits: Intersection[] = ray.intersectObjects(this.links, true);
    for (const hit of hits) {
      const link = this.links.indexOf(hit.object.parent as Group);
      if (link >= 0) return { link, point: hit.point };
    }
    return null;
  }

  private material([r, g, b, a]: LinkGeometry['color']): MeshStandardMaterial {
    const key = `${r},${g},${b},${a}`;
    let found = this.materials.get(key);
    if (!found) {
      found = makeMaterial(r, g, b, a);
      this.materials.set(key, found);
    }
    return found;
  }

  dispose(): void {
    this.clear();
    this.ball.dispose();
    this.stand.dispose();
    for (const material of this.materials.values()) material.dispose();
    this.materials.clear();
  }

  private clear(): void {
    for (const geometry of this.geometries) geometry.dispose();
    this.geometries = [];
    this.links = [];
    this.group.clear();
  }
}

/** Robot files give a colour only. Pale grey reads as metal, black as rubber and plastic, the rest as paint. */
function makeMaterial(r: number, g: number, b: number, a: number): MeshStandardMaterial {
  const color = new Color().setRGB(r, g, b, SRGBColorSpace);
  const most = Math.max(r, g, b);
  const saturation = most > 0 ? (most - Math.min(r, g, b)) / most : 0;
  const metal = saturation < 0.15 && most > 0.45 && most < 0.93;
  const dark = most < 0.3;
  return studioLight(new MeshStandardMaterial({
    color,
    metalness: metal ? 0.55 : 0.05,
    roughness: metal ? 0.38 : dark ? 0.52 : 0.42,
    transparent: a < 1,
    opacity: a,
  }));
}
