// The stage: puts studio, floor, robot, arrows and camera together and draws them.
// Reads: State (scene, playback, switches) and the newest frame. Writes: pixels.

import { NeutralToneMapping, PCFShadowMap, Scene, Vector3, WebGLRenderer } from 'three';
import type { Frame } from '../protocol.ts';
import type { Send, State } from '../state.ts';
import { ContactForces } from './arrows.ts';
import { CameraRig } from './camera_rig.ts';
import { Capture } from './capture.ts';
import { Floor } from './floor.ts';
import { Guides } from './guides.ts';
import type { MeshStore } from './mesh_store.ts';
import { PushTool } from './push.ts';
import { drawsInSoftware, Quality, type Level } from './quality.ts';
import { Robot } from './robot.ts';
import { Studio } from './studio.ts';

export interface Insets {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

const kRestMs = 800; // long enough for every smoothed arrow to settle

export class Stage {
  readonly canvas: HTMLCanvasElement;
  readonly capture: Capture;
  readonly root = new Vector3();
  readonly quality: Quality;
  private readonly renderer: WebGLRenderer;
  private readonly scene = new Scene();
  private readonly robot = new Robot();
  private readonly floor = new Floor();
  private readonly forces = new ContactForces();
  private readonly guides = new Guides();
  private readonly studio: Studio;
  private readonly rig: CameraRig;
  private readonly push: PushTool;
  private insets: Insets = { left: 0, right: 0, top: 0, bottom: 0 };
  private body = '';
  private linkKey = '';
  private height = 1.4;
  private weight = 340;
  private lastMs = 0;
  private last: number[] = [];
  private version = 0;
  private changedAtMs = 0;

  constructor(
    private readonly holder: HTMLElement, label: HTMLElement, private readonly state: State,
    private readonly meshes: MeshStore, send: Send, private readonly meshFailed: (body: string, why: string) => void, bestQuality: boolean,
  ) {
    const software = drawsInSoftware();
    this.renderer = new WebGLRenderer({ antialias: bestQuality || !software, powerPreference: 'high-performance' });
    this.renderer.toneMapping = NeutralToneMapping;
    this.renderer.toneMappingExposure = 1.0;
    this.renderer.shadowMap.enabled = true;
    this.renderer.shadowMap.type = PCFShadowMap;
    this.canvas = this.renderer.domElement;
    holder.append(this.canvas);
    this.push = new PushTool(this.canvas, label, this.robot, state, send);
    this.rig = new CameraRig(this.canvas);
    this.push.setRig(this.rig);
    this.studio = new Studio(this.scene);
    this.scene.add(this.floor.group, this.robot.group, this.forces.group, this.guides.group, this.push.arrow.group);
    this.capture = new Capture(this.canvas, state, () => this.renderer.render(this.scene, this.rig.camera));
    this.quality = new Quality(software, bestQuality, (level) => this.applyQuality(level));
    new ResizeObserver(() => this.resize()).observe(holder);
    state.scene.watch(() => this.sceneChanged());
    state.bodies.watch(() => this.measure());
  }

  setInsets(insets: Insets): void {
    this.insets = insets;
    this.resize();
  }

  /** Draws what `nowMs` should show. `frame`: the newest one, for everything but the pose. */
  draw(nowMs: number, frame: Frame): void {
    const dt = Math.min(1, Math.max(0, (nowMs - this.lastMs) / 1000));
    this.lastMs = nowMs;
    if (this.state.playback.update(nowMs)) {
      this.robot.setPose(this.state.playback.pose);
      this.robot.rootPosition(this.root);
    }
    const heading = this.robot.heading();
    this.rig.update(this.root, heading, this.state.camera.value, dt);
    this.studio.follow(this.rig.focus.set(this.rig.focus.x, this.rig.focus.y, 0.5 * this.height), this.rig.camera.position);
    this.floor.follow(this.root.x, this.root.y);
    this.forces.group.visible = this.state.showForces.value;
    if (this.forces.group.visible) this.forces.update(frame.contacts, frame.contactCount, (0.45 * this.height) / this.weight);
    this.guides.group.visible = this.state.showGuides.value && !!this.state.scene.value;
    if (this.guides.group.visible) this.guides.update(frame, this.root.x, this.root.y, heading, dt);
    this.push.update(nowMs);
    if (!this.changed(nowMs)) return;
    this.quality.frame(nowMs);
    this.renderer.render(this.scene, this.rig.camera);
  }

  /** False once the picture has been the same for a while (paused, camera at rest): nothing is drawn then. */
  private changed(nowMs: number): boolean {
    const { position, quaternion } = this.rig.camera;
    const { playback, showForces, showGuides, recordingSinceMs } = this.state;
    const now = [
      playback.simTime, playback.pose[0], playback.pose[6], position.x, position.y, position.z, quaternion.x, quaternion.y, quaternion.z,
      Number(showForces.value), Number(showGuides.value), this.version,
    ];
    const busy = this.push.active || recordingSinceMs.value > 0 || now.some((value, i) => !(Math.abs(value - this.last[i]) < 1e-6));
    this.last = now;
    if (busy) this.changedAtMs = nowMs;
    return nowMs - this.changedAtMs < kRestMs;
  }

  private sceneChanged(): void {
    const scene = this.state.scene.value;
    if (!scene) return;
    const linkKey = scene.links.join('\n');
    if (scene.body === this.body && linkKey === this.linkKey) return; // another policy on the same body
    this.body = scene.body;
    this.linkKey = linkKey;
    this.robot.setLinks(scene.links);
    this.version++;
    this.measure();
    this.rig.place(this.height);
    void this.loadShape(scene.body, linkKey);
  }

  private async loadShape(body: string, linkKey: string): Promise<void> {
    try {
      const shape = await this.meshes.get(body);
      if (body !== this.body || linkKey !== this.linkKey) return; // chosen away meanwhile
      this.robot.setShape(shape);
      this.version++;
      this.state.shapeLoaded.set(body);
    } catch (error) {
      this.meshFailed(body, error instanceof Error ? error.message : String(error));
    }
  }

  private measure(): void {
    const info = this.state.bodies.value.find((one) => one.name === this.body);
    this.height = info?.height && info.height > 0.05 ? info.height : 1.4;
    this.weight = 9.81 * (info?.mass ? info.mass : 35);
    this.floor.setHeight(this.height);
    this.guides.setHeight(this.height);
    this.studio.frame(this.height);
    this.push.setBody(this.weight / 9.81, this.height);
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
  }
}
