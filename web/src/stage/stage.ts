// The stage: puts studio, floor, robots, arrows and camera together and draws them.
// Reads: State (scene or stage, playback, switches) and the newest frame. Writes: pixels.

import { Mesh, MeshBasicMaterial, NeutralToneMapping, PCFShadowMap, Raycaster, RingGeometry, Scene, Vector2, Vector3, WebGLRenderer } from 'three';
import type { Frame } from '../protocol.ts';
import type { Send, State } from '../state.ts';
import { ContactForces } from './arrows.ts';
import { CameraRig } from './camera_rig.ts';
import { Capture } from './capture.ts';
import { Cast, type Actor } from './cast.ts';
import { Floor } from './floor.ts';
import { Guides } from './guides.ts';
import { Labels } from './labels.ts';
import type { MeshStore } from './mesh_store.ts';
import { kPalette } from './palette.ts';
import { PushTool } from './push.ts';
import { drawsInSoftware, Quality, type Level } from './quality.ts';
import { Studio } from './studio.ts';

export interface Insets {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

export interface StageEvents {
  meshFailed(body: string, why: string): void;
  /** A robot of the stage was clicked. */
  choose(id: number): void;
}

const kRestMs = 800; // long enough for every smoothed arrow to settle
const kClickPx = 4;
const kStageHeight = 1.5; // m: for light and floor, where many robots share them

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly capture: Capture;
  readonly root = new Vector3();
  readonly quality: Quality;
  readonly cast: Cast;
  readonly labels: Labels;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly floor = new Floor();
  private readonly forces = new ContactForces();
  private readonly guides = new Guides();
  private readonly ring: Mesh;
  private readonly studio: Studio;
  private readonly rig: CameraRig;
  private readonly push: PushTool;
  private insets: Insets = { left: 0, right: 0, top: 0, bottom: 0 };
  private placedFor = '';
  private height = 1.4;
  private weight = 340;
  private lastMs = 0;
  private last: number[] = [];
  private version = 0;
  private changedAtMs = 0;
  private cameraMoved = false;

  constructor(
    private readonly holder: HTMLElement, label: HTMLElement, private readonly state: State,
    meshes: MeshStore, send: Send, private readonly events: StageEvents, bestQuality: boolean,
  ) {
    const software = drawsInSoftware();
    this.renderer = new WebGLRenderer({ antialias: bestQuality || !software, powerPreference: 'high-performance' });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.toneMappingExposure = 1.0;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.canvas = this.renderer.domElement;
    holder.append(this.canvas);
    this.cast = new Cast(state, meshes, events.meshFailed);
    this.labels = new Labels(state, this.cast, events.choose);
    holder.append(this.labels.box);
    this.push = new PushTool(this.canvas, label, (ray) => this.cast.pick(ray), state, send);
    this.chooseByClick();
    this.rig = new CameraRig(this.canvas);
    this.push.setRig(this.rig);
    this.rig.controls.addEventListener('start', () => (this.cameraMoved = true));
    this.studio = new Studio(this.scene);
    this.ring = new Mesh(new RingGeometry(0.3, 0.335, 64), new MeshBasicMaterial({ color: kPalette.command, transparent: true, opacity: 0.85, depthWrite: false }));
    this.ring.visible = false;
    this.scene.add(this.floor.group, this.cast.group, this.forces.group, this.guides.group, this.ring, this.push.arrow.group);
    this.capture = new Capture(this.canvas, state, () => this.renderer.render(this.scene, this.rig.camera));
    this.quality = new Quality(software, bestQuality, (level) => this.applyQuality(level));
    new ResizeObserver(() => this.resize()).observe(holder);
    for (const signal of [state.scene, state.stage, state.view, state.whom]) signal.onChange(() => this.arrange());
    state.bodies.watch(() => this.arrange());
  }

  get drawn(): { calls: number; triangles: number } {
    return this.renderer.info.render;
  }

  /** Where a point of the stage is on the page (px). */
  onPage(point: Vector3): [number, number] {
    const at = point.clone().project(this.rig.camera);
    return [((at.x + 1) / 2) * this.holder.clientWidth, ((1 - at.y) / 2) * this.holder.clientHeight];
  }

  setInsets(insets: Insets): void {
    this.insets = insets;
    this.resize();
  }

  /** Draws what `nowMs` should show. `frame`: the newest one of the robot in focus, for everything but the pose. */
  draw(nowMs: number, frame: Frame): void {
    const dt = Math.min(1, Math.max(0, (nowMs - this.lastMs) / 1000));
    this.lastMs = nowMs;
    this.cast.update(nowMs);
    const lead = this.cast.lead;
    if (lead) this.root.copy(lead.root);
    else if (this.cast.onStage) this.root.copy(this.cast.actors.get(this.state.focus.value)?.root ?? this.root.set(0, 0, 0));
    this.moveCamera(lead, dt);
    this.light();
    const heading = lead?.robot.heading() ?? 0;
    this.forces.group.visible = this.state.showForces.value && !!lead;
    if (this.forces.group.visible) this.forces.update(frame.contacts, frame.contactCount, (0.45 * this.height) / this.weight);
    this.guides.group.visible = this.state.showGuides.value && !!this.state.scene.value && !!lead;
    if (this.guides.group.visible) this.guides.update(frame, this.root.x, this.root.y, heading, dt);
    this.ring.visible = this.cast.onStage && !!lead;
    if (lead) this.ring.position.set(lead.root.x, lead.root.y, 0.003);
    if (lead) this.ring.scale.setScalar(Math.max(0.5, 0.9 * lead.height));
    this.push.update(nowMs);
    if (!this.changed(nowMs)) return;
    this.quality.frame(nowMs);
    this.renderer.render(this.scene, this.rig.camera);
    this.labels.update(this.rig.camera, this.holder.clientWidth, this.holder.clientHeight);
  }

  /** A stage is seen as a whole until one robot is to be followed. */
  private moveCamera(lead: Actor | undefined, dt: number): void {
    const { value: mode } = this.state.camera;
    if (!this.cast.onStage) this.rig.update(this.root, lead?.robot.heading() ?? 0, mode, dt);
    else if (mode === 'chase' && lead) this.rig.update(lead.root, lead.robot.heading(), 'chase', dt);
    else this.rig.rest(dt);
  }

  private light(): void {
    const { focus, camera } = this.rig;
    if (this.cast.onStage) {
      this.studio.follow(focus.set(focus.x, focus.y, 0.5 * kStageHeight), camera.position);
      this.floor.follow(0, 0);
      return;
    }
    this.studio.follow(focus.set(focus.x, focus.y, 0.5 * this.height), camera.position);
    this.floor.follow(this.root.x, this.root.y);
  }

  /** False once the picture has been the same for a while (paused, camera at rest): nothing is drawn then. */
  private changed(nowMs: number): boolean {
    const { position, quaternion } = this.rig.camera;
    const { playback, showForces, showGuides, recordingSinceMs } = this.state;
    const now = [
      playback.simTime, playback.pose[0] ?? 0, playback.pose[6] ?? 0, position.x, position.y, position.z, quaternion.x, quaternion.y, quaternion.z,
      Number(showForces.value), Number(showGuides.value), this.version, this.cast.version,
    ];
    const busy = this.push.active || recordingSinceMs.value > 0 || now.some((value, i) => !(Math.abs(value - this.last[i]) < 1e-6));
    this.last = now;
    if (busy) this.changedAtMs = nowMs;
    return nowMs - this.changedAtMs < kRestMs;
  }

  /** Light, floor and camera for what is on view now. */
  private arrange(): void {
    this.version++;
    const many = this.cast.onStage;
    const { scene, stage } = this.state;
    const info = many ? this.state.robot(this.state.focus.value) : this.state.bodies.value.find((one) => one.name === scene.value?.body);
    this.height = info?.height && info.height > 0.05 ? info.height : 1.4;
    this.weight = 9.81 * (info?.mass ? info.mass : 35);
    this.guides.setHeight(this.height);
    this.floor.setMany(many);
    if (!many) {
      this.floor.setHeight(this.height);
      this.studio.frame(this.height);
      const body = scene.value?.body ?? '';
      if (body && this.placedFor !== body) this.rig.place(this.height);
      if (body) this.placedFor = body;
      return;
    }
    const box = this.extent();
    this.floor.setHeight(1.9 * kStageHeight);
    this.studio.frame(kStageHeight, Math.max(box.halfX, box.halfY) + 1);
    const key = `stage/${Object.values(box).map((v) => v.toFixed(1)).join('/')}`;
    if (this.placedFor === key) return;
    // Robots come one after another: the picture widens with them until the user looks around himself.
    if (!this.placedFor.startsWith('stage/')) this.cameraMoved = false;
    this.placedFor = key;
    if (!this.cameraMoved && stage.value) this.rig.placeStage(box);
  }

  /** Middle and half size of what the robots' marks take, with room for their rounds (m). */
  private extent(): { x: number; y: number; halfX: number; halfY: number } {
    const marks = (this.state.stage.value?.robots ?? []).map((robot) => robot.mark);
    const span = (axis: 0 | 1, least: number): [number, number] => {
      const values = marks.map((mark) => mark[axis]);
      const [low, high] = values.length ? [Math.min(...values), Math.max(...values)] : [0, 0];
      return [(low + high) / 2, Math.max(least, (high - low) / 2) + 0.6];
    };
    const [x, halfX] = span(0, 1);
    const [y, halfY] = span(1, 1.7);
    return { x, y, halfX, halfY };
  }

  /** A click that does not drag: which robot is under it. */
  private chooseByClick(): void {
    const from = new Vector2();
    const ray = new Raycaster();
    const at = new Vector2();
    this.canvas.addEventListener('pointerdown', (event) => from.set(event.clientX, event.clientY));
    this.canvas.addEventListener('pointerup', (event) => {
      if (!this.cast.onStage || event.button !== 0 || from.distanceTo(at.set(event.clientX, event.clientY)) > kClickPx) return;
      const box = this.canvas.getBoundingClientRect();
      at.set(((event.clientX - box.left) / box.width) * 2 - 1, 1 - ((event.clientY - box.top) / box.height) * 2);
      ray.setFromCamera(at, this.rig.camera);
      const hit = this.cast.pick(ray);
      if (hit) this.events.choose(hit.id);
    });
  }

  private applyQuality(level: Level): void {
    this.renderer.setPixelRatio(Math.min(window.devicePixelRatio, level.pixels));
    this.studio.shadowSize(level.shadow);
    this.resize();
  }

  private resize(): void {
    const width = Math.max(1, this.holder.clientWidth);
    const height = Math.max(1, this.holder.clientHeight);
    this.renderer.setSize(width, height);
    this.version++;
    this.rig.setFree(width, height, this.insets);
    if (this.cast.onStage && !this.cameraMoved) this.rig.placeStage(this.extent());
  }
}
