// One robot: its links, moved by every pose; small spheres stand in until its shape has arrived.
// Reads: link names (scene), geometries (mesh_store), poses (playback). Writes: three.js objects.
// Method: drawn as one rigid skin (rigid_skin.ts); the links also exist as objects of their own, never drawn, for a ray to
// find and for an arrow to hang on.

import { BufferAttribute, BufferGeometry, Group, Mesh, Object3D, Sphere, SphereGeometry, Vector3, type Intersection, type Raycaster } from 'three';
import { kLinkFloats } from '../protocol.ts';
import type { LinkGeometry } from './mesh_pack.ts';
import { RigidSkin } from './rigid_skin.ts';

const kStandIn: LinkGeometry['color'] = [0.6, 0.65, 0.71, 1];
const kReach = 1.6; // m about the root: a ray further away does not meet the robot

export class Robot {
  readonly group = new Group();
  private readonly bones = new Group(); // never in the scene
  private links: Group[] = [];
  private names: string[] = [];
  private rootIndex = 0;
  private skin: RigidSkin | null = null;
  private geometries: BufferGeometry[] = [];
  private reach = kReach;
  private readonly around = new Sphere();

  get linkCount(): number {
    return this.links.length;
  }

  /** New links, nothing drawn yet but a sphere each. */
  setLinks(names: string[]): void {
    this.clear();
    this.names = names;
    this.rootIndex = Math.max(0, names.findIndex((name) => name !== 'world'));
    this.links = names.map((name) => {
      const link = new Group();
      link.name = name;
      this.bones.add(link);
      return link;
    });
    this.setShape(names.filter((name) => name !== 'world').map(standIn));
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
      geometry.setIndex(new BufferAttribute(part.indices, 1));
      geometry.computeBoundingSphere();
      this.geometries.push(geometry);
      this.links[at].add(new Mesh(geometry));
    }
    const before = this.skin;
    this.skin = new RigidSkin(this.names, geometries);
    if (before) this.group.remove(before.group);
    before?.dispose();
    this.group.add(this.skin.group);
  }

  /** How far its limbs reach from its root (m). */
  setReach(reach: number): void {
    this.reach = reach;
  }

  setPose(pose: Float32Array): void {
    for (let l = 0, i = 0; l < this.links.length; l++, i += kLinkFloats) {
      const link = this.links[l];
      link.position.set(pose[i], pose[i + 1], pose[i + 2]);
      link.quaternion.set(pose[i + 4], pose[i + 5], pose[i + 6], pose[i + 3]); // three.js: xyzw
    }
    this.skin?.setPose(pose);
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
    this.rootPosition(this.around.center);
    this.around.radius = this.reach;
    if (!ray.ray.intersectsSphere(this.around)) return null;
    this.bones.updateMatrixWorld(true);
    const hits: Intersection[] = ray.intersectObjects(this.links, true);
    for (const hit of hits) {
      const link = this.links.indexOf(hit.object.parent as Group);
      if (link >= 0) return { link, point: hit.point };
    }
    return null;
  }

  dispose(): void {
    this.clear();
  }

  private clear(): void {
    for (const geometry of this.geometries) geometry.dispose();
    this.skin?.dispose();
    this.skin = null;
    this.geometries = [];
    this.links = [];
    this.bones.clear();
    this.group.clear();
  }
}

function standIn(link: string): LinkGeometry {
  const ball = new SphereGeometry(0.028, 16, 12);
  const { position, normal } = ball.attributes;
  return {
    link, color: kStandIn, positions: new Float32Array(position.array), normals: new Float32Array(normal.array),
    indices: new Uint32Array(ball.index!.array),
  };
}
