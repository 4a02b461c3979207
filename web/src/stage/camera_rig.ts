// The camera: orbit by mouse at any time; it travels with the robot (follow), also turns with it (chase), or stays.
// Method: the focus is a critically damped copy of the robot's place on the floor, so steps do not shake the picture.

import { PerspectiveCamera, Vector3 } from 'three';
import { OrbitControls } from 'three/examples/jsm/controls/OrbitControls.js';
import type { CameraMode } from '../state.ts';

const kSmoothS = 0.18;
const kFastestMps = 4; // faster than this is a jump, not a walk

export class CameraRig {
  readonly camera = new PerspectiveCamera(30, 1, 0.05, 400);
  readonly controls: OrbitControls;
  readonly focus = new Vector3();
  private readonly velocity = new Vector3();
  private readonly move = new Vector3();
  private readonly arm = new Vector3();
  private readonly robot = new Vector3();
  private heading = 0;
  private started = false;
  private view = { width: 1280, height: 720, freeWidth: 1280, freeHeight: 720 };
  private many = false;

  constructor(canvas: HTMLElement) {
    this.camera.up.set(0, 0, 1);
    this.controls = new OrbitControls(this.camera, canvas);
    this.controls.enableDamping = true;
    this.controls.dampingFactor = 0.09;
    this.controls.maxPolarAngle = 0.497 * Math.PI;
    this.controls.zoomSpeed = 0.8;
    this.place(1.4);
  }

  /** Three quarters from the front, the whole robot in the picture. */
  place(height: number): void {
    this.many = false;
    this.started = false;
    this.zoom();
    const far = 3.5 * height;
    this.focus.z = 0.5 * height;
    this.controls.target.copy(this.focus);
    this.camera.position.set(0.8 * far, -0.58 * far, 0.5 * height + 0.2 * far).add(this.arm.set(this.focus.x, this.focus.y, 0));
    this.controls.minDistance = 0.6 * height;
    this.controls.maxDistance = 14 * height;
    this.controls.update();
  }

  /** All robots of a stage in the picture, from the front; where it is narrow, along their rows. half: of its width and depth (m). */
  placeStage(box: { x: number; y: number; halfX: number; halfY: number }): void {
    this.many = true;
    this.started = true;
    this.velocity.set(0, 0, 0);
    this.zoom();
    const { height, freeWidth, freeHeight } = this.view;
    const narrow = freeWidth < 0.8 * freeHeight;
    const azimuth = narrow ? -1.05 : -0.3; // from straight ahead, towards the robots' right
    const rise = narrow ? 0.5 : 0.3;
    const tan = Math.tan((this.camera.fov * Math.PI) / 360);
    const most = { u: (0.97 * tan * freeWidth) / height, v: (0.93 * tan * freeHeight) / height };
    const ahead = this.arm.set(-Math.cos(azimuth) * Math.cos(rise), -Math.sin(azimuth) * Math.cos(rise), -Math.sin(rise)).clone();
    const right = new Vector3(-Math.sin(azimuth), Math.cos(azimuth), 0);
    const up = new Vector3().crossVectors(right, ahead);
    this.focus.set(box.x, box.y, 0.7);
    let far = 2.5 * Math.max(box.halfX, box.halfY);
    // What is nearer looks larger: moved and set back until every corner lies in the free part of the picture.
    for (let i = 0; i < 12; i++) {
      const span = { u: [Infinity, -Infinity], v: [Infinity, -Infinity] };
      for (const sx of [-1, 1]) for (const sy of [-1, 1]) for (const z of [0, 1.9]) {
        this.move.set(box.x + sx * box.halfX, box.y + sy * box.halfY, z).sub(this.focus);
        const deep = Math.max(0.2, far + this.move.dot(ahead));
        const [u, v] = [this.move.dot(right) / deep, this.move.dot(up) / deep];
        span.u = [Math.min(span.u[0], u), Math.max(span.u[1], u)];
        span.v = [Math.min(span.v[0], v), Math.max(span.v[1], v)];
      }
      this.focus.addScaledVector(right, (far * (span.u[0] + span.u[1])) / 2).addScaledVector(up, (far * (span.v[0] + span.v[1])) / 2);
      far *= Math.max((span.u[1] - span.u[0]) / (2 * most.u), (span.v[1] - span.v[0]) / (2 * most.v));
    }
    this.controls.target.copy(this.focus);
    this.camera.position.copy(this.focus).addScaledVector(ahead, -far);
    this.controls.minDistance = 0.8;
    this.controls.maxDistance = 60;
    this.controls.update();
  }

  /** Moves the picture's middle into the part of the page that no panel covers, and fits it there (pixels covered). */
  setFree(width: number, height: number, inset: { left: number; right: number; top: number; bottom: number }): void {
    this.camera.aspect = width / height;
    const [freeWidth, freeHeight] = [width - inset.left - inset.right, height - inset.top - inset.bottom];
    this.view = { width, height, freeWidth: Math.max(1, freeWidth), freeHeight: Math.max(1, freeHeight) };
    this.zoom();
    this.camera.setViewOffset(width, height, (inset.right - inset.left) / 2, (inset.bottom - inset.top) / 2, width, height);
  }

  private zoom(): void {
    const { height, freeWidth, freeHeight } = this.view;
    this.camera.zoom = this.many ? 1 : Math.max(0.2, Math.min(1, freeHeight / (0.86 * height), freeWidth / (0.5 * height)));
    this.camera.updateProjectionMatrix();
  }

  /** A stage seen as a whole: the camera stays where the user put it. */
  rest(dt: number): void {
    this.controls.update(dt);
  }

  update(robot: Vector3, heading: number, mode: CameraMode, dt: number): void {
    const moved = Math.hypot(robot.x - this.robot.x, robot.y - this.robot.y);
    this.robot.copy(robot);
    if (!this.started || (moved > 0.3 + kFastestMps * dt && mode !== 'free')) this.jumpTo(robot, heading);
    if (mode === 'free') {
      this.heading = heading;
    } else {
      this.travel(robot, dt);
      if (mode === 'chase') this.turnWith(heading, dt);
      else this.heading = heading;
    }
    this.controls.update(dt);
  }

  private jumpTo(robot: Vector3, heading: number): void {
    this.started = true;
    this.heading = heading;
    this.velocity.set(0, 0, 0);
    this.shift(robot.x - this.focus.x, robot.y - this.focus.y);
  }

  private travel(robot: Vector3, dt: number): void {
    const w = 2 / kSmoothS;
    const decay = Math.exp(-w * dt); // exact for any dt
    const ox = this.focus.x - robot.x;
    const oy = this.focus.y - robot.y;
    const tx = (this.velocity.x + w * ox) * dt;
    const ty = (this.velocity.y + w * oy) * dt;
    this.velocity.x = (this.velocity.x - w * tx) * decay;
    this.velocity.y = (this.velocity.y - w * ty) * decay;
    this.shift(robot.x + (ox + tx) * decay - this.focus.x, robot.y + (oy + ty) * decay - this.focus.y);
  }

  private shift(dx: number, dy: number): void {
    this.move.set(dx, dy, 0);
    this.focus.add(this.move);
    this.controls.target.add(this.move);
    this.camera.position.add(this.move);
  }

  private turnWith(heading: number, dt: number): void {
    const error = Math.atan2(Math.sin(heading - this.heading), Math.cos(heading - this.heading));
    const turn = error * (1 - Math.exp(-dt / 0.6));
    this.heading += turn;
    this.arm.copy(this.camera.position).sub(this.controls.target).applyAxisAngle(this.camera.up, turn);
    this.camera.position.copy(this.controls.target).add(this.arm);
  }
}
