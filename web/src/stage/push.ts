// Pushing by hand: drag the robot (push tool, or Shift), an arrow shows the force, letting go applies it.
// Held still the push keeps pressing until it is let go.
// Reads: pointer events, the robot under them. Writes: `push` messages, an arrow and its label.

import { Plane, Raycaster, Vector2, Vector3 } from 'three';
import { quantity } from '../format.ts';
import type { Send, State } from '../state.ts';
import { Arrow } from './arrows.ts';
import type { CameraRig } from './camera_rig.ts';
import { kPalette } from './palette.ts';
import type { Robot } from './robot.ts';

/** What a ray found: which robot (on a stage, its number), where on it, and how heavy and tall it is. */
export interface Hit {
  id: number;
  robot: Robot;
  link: number;
  point: Vector3;
  mass: number;
  height: number;
}

const kShoveS = 0.2;
const kHoldAfterMs = 400;
const kHoldEveryMs = 100;
const kHoldS = 0.12;
const kWeightPerMetre = 0.55; // dragging one body height pushes with this share of its weight
const kLeastN = 2;

export class PushTool {
  readonly arrow = new Arrow(kPalette.push);
  private readonly ray = new Raycaster();
  private readonly pointer = new Vector2();
  private readonly plane = new Plane();
  private readonly grip = new Vector3(); // in the link's frame
  private readonly from = new Vector3();
  private readonly to = new Vector3();
  private readonly along = new Vector3();
  private readonly force = new Vector3();
  private readonly normal = new Vector3();
  private hit: Hit | null = null;
  private movedAtMs = 0;
  private sentAtMs = 0;
  private held = false;

  constructor(
    private readonly canvas: HTMLCanvasElement, private readonly label: HTMLElement, private readonly pick: (ray: Raycaster) => Hit | null,
    private readonly state: State, private readonly send: Send,
  ) {
    canvas.addEventListener('pointerdown', (event) => this.down(event));
    canvas.addEventListener('pointermove', (event) => this.moved(event));
    canvas.addEventListener('pointerup', (event) => this.up(event, true));
    canvas.addEventListener('pointercancel', (event) => this.up(event, false));
  }

  private rig!: CameraRig;
  /** The tool listens before the camera's controls do, so it is made first and told the camera afterwards. */
  setRig(rig: CameraRig): void {
    this.rig = rig;
  }

  get active(): boolean {
    return this.hit !== null;
  }

  private down(event: PointerEvent): void {
    if (event.button !== 0 || (!event.shiftKey && !this.state.pushTool.value) || this.active) return;
    this.aim(event);
    const hit = this.pick(this.ray);
    const object = hit?.robot.linkObject(hit.link);
    if (!hit || !object) return;
    event.stopImmediatePropagation();
    this.canvas.setPointerCapture(event.pointerId);
    this.hit = hit;
    this.grip.copy(object.worldToLocal(this.from.copy(hit.point)));
    this.plane.setFromNormalAndCoplanarPoint(this.rig.camera.getWorldDirection(this.normal), hit.point);
    this.to.copy(hit.point);
    this.held = false;
    this.movedAtMs = performance.now();
    this.label.hidden = false;
  }

  private moved(event: PointerEvent): void {
    if (!this.active) return;
    event.stopImmediatePropagation();
    this.aim(event);
    this.ray.ray.intersectPlane(this.plane, this.to);
    if (Math.hypot(event.movementX, event.movementY) > 1) this.movedAtMs = performance.now();
    this.label.style.transform = `translate(${event.clientX + 16}px, ${event.clientY + 8}px)`;
  }

  private up(event: PointerEvent, push: boolean): void {
    if (!this.active) return;
    event.stopImmediatePropagation();
    this.measure();
    if (push && !this.held) this.apply(kShoveS);
    this.hit = null;
    this.arrow.hide();
    this.label.hidden = true;
  }

  /** Once a picture: keeps the arrow on the moving robot and goes on pressing while the hand is still. */
  update(nowMs: number): void {
    if (!this.hit) return;
    this.measure();
    this.arrow.show(this.from, this.along, 0.009 * this.hit.height);
    this.label.textContent = quantity(this.force.length(), 'N', 0);
    if (nowMs - this.movedAtMs > kHoldAfterMs && this.force.length() > kLeastN) this.held = true;
    if (this.held && nowMs - this.sentAtMs > kHoldEveryMs) this.apply(kHoldS);
  }

  private measure(): void {
    const object = this.hit?.robot.linkObject(this.hit.link);
    if (!this.hit || !object) return;
    const { mass, height } = this.hit;
    object.updateMatrixWorld();
    object.localToWorld(this.from.copy(this.grip));
    this.along.subVectors(this.to, this.from);
    this.force.copy(this.along).multiplyScalar((kWeightPerMetre * mass * 9.81) / height);
    this.force.clampLength(0, mass * 9.81);
  }

  private apply(seconds: number): void {
    this.sentAtMs = performance.now();
    if (!this.hit || this.force.length() < kLeastN) return;
    const { from, force, hit } = this;
    this.send({ type: 'push', link: hit.link, ...(hit.id >= 0 ? { robot: hit.id } : {}), point: [from.x, from.y, from.z], force: [force.x, force.y, force.z], seconds });
    this.state.pushesSent++;
  }

  private aim(event: PointerEvent): void {
    const box = this.canvas.getBoundingClientRect();
    this.pointer.set(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
    this.ray.setFromCamera(this.pointer, this.rig.camera);
  }
}
