// Arrows in space: one reusable arrow, and a growing set of them for contact forces.

import {
  ConeGeometry, CylinderGeometry, DynamicDrawUsage, Group, InstancedMesh, Matrix4, Mesh, MeshBasicMaterial, MeshStandardMaterial,
  Quaternion, Vector3, type BufferGeometry,
} from 'three';
import { kContactFloats } from '../protocol.ts';
import { kPalette } from './palette.ts';
import { studioLight } from './studio.ts';

const kUp = new Vector3(0, 0, 1);

/** A unit cylinder and a unit cone that stand on the origin and point along z. */
function shaftGeometry(): BufferGeometry {
  return new CylinderGeometry(1, 1, 1, 16).rotateX(Math.PI / 2).translate(0, 0, 0.5);
}
function tipGeometry(): BufferGeometry {
  return new ConeGeometry(1, 1, 20).rotateX(Math.PI / 2).translate(0, 0, 0.5);
}

export class Arrow {
  readonly group = new Group();
  private readonly shaft: Mesh;
  private readonly tip: Mesh;

  constructor(color: number) {
    const material = new MeshBasicMaterial({ color, depthTest: false, transparent: true, opacity: 0.95 });
    this.shaft = new Mesh(shaftGeometry(), material);
    this.tip = new Mesh(tipGeometry(), material);
    this.shaft.renderOrder = this.tip.renderOrder = 10;
    this.group.add(this.shaft, this.tip);
    this.group.visible = false;
  }

  show(from: Vector3, along: Vector3, width: number): void {
    const length = along.length();
    this.group.visible = length > 1e-3;
    if (!this.group.visible) return;
    const head = Math.min(5 * width, 0.6 * length);
    this.group.position.copy(from);
    this.group.quaternion.setFromUnitVectors(kUp, direction.copy(along).normalize());
    this.shaft.scale.set(width, width, length - head);
    this.tip.scale.set(2.4 * width, 2.4 * width, head);
    this.tip.position.z = length - head;
  }

  hide(): void {
    this.group.visible = false;
  }
}

const direction = new Vector3();

/** Forces on the robot at its contacts; every contact of the frame is drawn. */
export class ContactForces {
  readonly group = new Group();
  private shafts: InstancedMesh;
  private tips: InstancedMesh;
  private capacity = 16;
  private readonly material = studioLight(new MeshStandardMaterial({ color: kPalette.force, roughness: 0.5 }));
  private readonly at = new Vector3();
  private readonly force = new Vector3();
  private readonly turn = new Quaternion();
  private readonly size = new Vector3();
  private readonly matrix = new Matrix4();

  constructor() {
    [this.shafts, this.tips] = this.make();
  }

  /** metresPerNewton: how long an arrow is drawn. */
  update(contacts: Float32Array, count: number, metresPerNewton: number): void {
    if (count > this.capacity) this.grow(count);
    for (let i = 0; i < count; i++) {
      const c = i * kContactFloats;
      this.at.set(contacts[c], contacts[c + 1], contacts[c + 2]);
      this.force.set(contacts[c + 3], contacts[c + 4], contacts[c + 5]);
      this.place(i, this.force.length() * metresPerNewton);
    }
    this.shafts.count = this.tips.count = count;
    this.shafts.instanceMatrix.needsUpdate = this.tips.instanceMatrix.needsUpdate = true;
  }

  private place(i: number, length: number): void {
    const width = 0.009;
    const head = Math.min(0.05, 0.6 * length);
    this.turn.setFromUnitVectors(kUp, length > 0 ? this.force.normalize() : kUp);
    this.matrix.compose(this.at, this.turn, this.size.set(width, width, Math.max(1e-4, length - head)));
    this.shafts.setMatrixAt(i, this.matrix);
    this.at.addScaledVector(this.force, length - head);
    this.matrix.compose(this.at, this.turn, this.size.set(2.3 * width, 2.3 * width, Math.max(1e-4, head)));
    this.tips.setMatrixAt(i, this.matrix);
  }

  private grow(count: number): void {
    this.capacity = 2 ** Math.ceil(Math.log2(count));
    this.group.clear();
    this.shafts.dispose();
    this.tips.dispose();
    [this.shafts, this.tips] = this.make();
  }

  private make(): [InstancedMesh, InstancedMesh] {
    const made = [shaftGeometry(), tipGeometry()].map((geometry) => {
      const mesh = new InstancedMesh(geometry, this.material, this.capacity);
      mesh.instanceMatrix.setUsage(DynamicDrawUsage);
      mesh.frustumCulled = false;
      mesh.count = 0;
      this.group.add(mesh);
      return mesh;
    });
    return [made[0], made[1]];
  }
}
