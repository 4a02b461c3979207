// Arrows on the floor under the robot: what it is told (blue) and what it does (green), with the turn as an arc.

import { CircleGeometry, Group, Mesh, MeshBasicMaterial, RingGeometry, Shape, ShapeGeometry } from 'three';
import { kPalette } from './palette.ts';

const kMetresPerSpeed = 0.55; // arrow length for 1 m/s
const kArcSteps = 96;
const kFullTurn = 1.5; // rad/s drawn as half a circle

export class Guides {
  readonly group = new Group();
  private readonly command = new FloorArrow(kPalette.command, 0.9, 0.004);
  private readonly measured = new FloorArrow(kPalette.measured, 0.75, 0.006);
  private readonly arc: Mesh;
  private readonly arcTip: Mesh;
  private readonly arcGroup = new Group();
  private readonly smooth = new Float32Array(6);
  private size = 1;

  constructor() {
    const paint = floorPaint(kPalette.command, 0.9);
    this.arc = new Mesh(new RingGeometry(0.4, 0.418, kArcSteps, 1, 0, Math.PI), paint);
    this.arcTip = new Mesh(new CircleGeometry(0.036, 3), paint);
    this.arcGroup.add(this.arc, this.arcTip);
    this.arcGroup.position.z = 0.004;
    this.group.add(this.command.group, this.measured.group, this.arcGroup);
  }

  setHeight(height: number): void {
    this.size = height / 1.4;
  }

  update(frame: { command: Float32Array; measured: Float32Array }, x: number, y: number, heading: number, dt: number): void {
    const keep = Math.exp(-dt / 0.12);
    for (let i = 0; i < 6; i++) {
      const wanted = i < 3 ? frame.command[i] : frame.measured[i - 3];
      this.smooth[i] = wanted + keep * (this.smooth[i] - wanted);
    }
    const [vx, vy, wz, mx, my] = this.smooth;
    this.group.position.set(x, y, 0);
    this.group.rotation.z = heading;
    this.group.scale.setScalar(this.size);
    this.command.show(vx, vy, 0.024);
    this.measured.show(mx, my, 0.012);
    this.showArc(wz);
  }

  private showArc(rate: number): void {
    const angle = Math.min(1, Math.abs(rate) / kFullTurn) * Math.PI;
    this.arcGroup.visible = angle > 0.05;
    if (!this.arcGroup.visible) return;
    this.arcGroup.scale.y = Math.sign(rate);
    this.arc.geometry.setDrawRange(0, 6 * Math.round((angle / Math.PI) * kArcSteps));
    this.arcTip.position.set(0.409 * Math.cos(angle), 0.409 * Math.sin(angle), 0);
    this.arcTip.rotation.z = angle + Math.PI / 2;
  }
}

function floorPaint(color: number, opacity: number): MeshBasicMaterial {
  return new MeshBasicMaterial({ color, transparent: true, opacity, depthWrite: false, side: 2, toneMapped: false });
}

class FloorArrow {
  readonly group = new Group();
  private readonly shaft: Mesh;
  private readonly tip: Mesh;

  constructor(color: number, opacity: number, z: number) {
    const paint = floorPaint(color, opacity);
    const line = new Shape();
    line.moveTo(0, -0.5).lineTo(1, -0.5).lineTo(1, 0.5).lineTo(0, 0.5);
    const head = new Shape();
    head.moveTo(0, -1).lineTo(1.5, 0).lineTo(0, 1);
    this.shaft = new Mesh(new ShapeGeometry(line), paint);
    this.tip = new Mesh(new ShapeGeometry(head), paint);
    this.group.add(this.shaft, this.tip);
    this.group.position.z = z;
  }

  show(vx: number, vy: number, width: number): void {
    const speed = Math.hypot(vx, vy);
    this.group.visible = speed > 0.04;
    if (!this.group.visible) return;
    const start = 0.2; // beside the feet, not under them
    const length = kMetresPerSpeed * speed;
    this.group.rotation.z = Math.atan2(vy, vx);
    this.shaft.position.x = start;
    this.shaft.scale.set(length, width, 1);
    this.tip.position.x = start + length;
    this.tip.scale.setScalar(1.7 * width);
  }
}
