// Who is on view: one robot, or all robots of the stage. Each has its shape, its pose and its place.
// Reads: State (scene, stage, live), meshes. Writes: three.js objects under `group`.

import { Group, Vector3, type Raycaster } from 'three';
import type { SceneOf } from '../protocol.ts';
import type { State } from '../state.ts';
import type { MeshStore } from './mesh_store.ts';
import type { Hit } from './push.ts';
import { Robot } from './robot.ts';

export const kAlone = -1; // the number of the robot in the view of one

export class Actor {
  readonly robot = new Robot();
  readonly root = new Vector3();
  body = '';
  linkKey = '';
  height = 1.4;
  mass = 35;
  shaped = false;
  constructor(readonly id: number) {}
}

export class Cast {
  readonly group = new Group();
  readonly actors = new Map<number, Actor>();
  /** Grows when something else is to be drawn. */
  version = 0;

  constructor(
    private readonly state: State, private readonly meshes: MeshStore,
    private readonly meshFailed: (body: string, why: string) => void,
  ) {
    state.scene.watch(() => this.refresh());
    state.stage.onChange(() => this.refresh());
    state.view.onChange(() => this.refresh());
    state.bodies.watch(() => this.measure());
  }

  get onStage(): boolean {
    return this.state.view.value === 'stage';
  }

  /** The robot that camera, arrows and forces are about: on a stage the chosen one, when there is one. */
  get lead(): Actor | undefined {
    if (!this.onStage) return this.actors.get(kAlone);
    return this.state.whom.value === 'all' ? undefined : this.actors.get(this.state.whom.value);
  }

  /** Moves every robot to what `nowMs` should show. */
  update(nowMs: number): void {
    if (this.onStage) this.state.playback.update(nowMs); // the time that is shown
    for (const actor of this.actors.values()) {
      const playback = actor.id === kAlone ? this.state.playback : this.state.live.get(actor.id)?.playback;
      if (!playback?.update(nowMs) || playback.linkCount !== actor.robot.linkCount) continue;
      actor.robot.setPose(playback.pose);
      actor.robot.rootPosition(actor.root);
    }
  }

  pick(ray: Raycaster): Hit | null {
    let best: Hit | null = null;
    let nearest = Infinity;
    for (const actor of this.actors.values()) {
      const hit = actor.robot.pick(ray);
      if (!hit) continue;
      const away = hit.point.distanceTo(ray.ray.origin);
      if (away >= nearest) continue;
      nearest = away;
      best = { id: actor.id, robot: actor.robot, link: hit.link, point: hit.point, mass: actor.mass, height: actor.height };
    }
    return best;
  }

  private refresh(): void {
    const { stage, scene } = this.state;
    const wanted: { id: number; scene: SceneOf }[] = this.onStage
      ? (stage.value?.robots ?? []).map((robot) => ({ id: robot.id, scene: robot }))
      : scene.value ? [{ id: kAlone, scene: scene.value }] : [];
    const ids = new Set(wanted.map((one) => one.id));
    for (const [id, actor] of this.actors) {
      if (ids.has(id)) continue;
      this.group.remove(actor.robot.group);
      actor.robot.dispose();
      this.actors.delete(id);
      this.version++;
    }
    for (const { id, scene: one } of wanted) this.set(id, one);
    this.measure();
  }

  private set(id: number, scene: SceneOf): void {
    let actor = this.actors.get(id);
    if (!actor) {
      actor = new Actor(id);
      this.actors.set(id, actor);
      const mark = this.state.robot(id)?.mark;
      if (mark) actor.root.set(mark[0], mark[1], 0); // until its first pose
      this.group.add(actor.robot.group);
    }
    const linkKey = scene.links.join('\n');
    if (scene.body === actor.body && linkKey === actor.linkKey) return; // another policy on the same body
    actor.body = scene.body;
    actor.linkKey = linkKey;
    actor.shaped = false;
    actor.robot.setLinks(scene.links);
    this.version++;
    void this.loadShape(actor, scene.body, linkKey);
  }

  private async loadShape(actor: Actor, body: string, linkKey: string): Promise<void> {
    try {
      const shape = await this.meshes.get(body, actor.id === kAlone ? 'near' : 'far');
      if (body !== actor.body || linkKey !== actor.linkKey || this.actors.get(actor.id) !== actor) return; // chosen away meanwhile
      actor.robot.setShape(shape);
      actor.shaped = true;
      this.version++;
      if (actor.id === kAlone) this.state.shapeLoaded.set(body);
    } catch (error) {
      this.meshFailed(body, error instanceof Error ? error.message : String(error));
    }
  }

  private measure(): void {
    for (const actor of this.actors.values()) {
      const info = this.state.robot(actor.id) ?? this.state.bodies.value.find((one) => one.name === actor.body);
      actor.height = info?.height && info.height > 0.05 ? info.height : 1.4;
      actor.robot.setReach(1.2 * actor.height);
      actor.mass = info?.mass ? info.mass : 35;
    }
    this.version++;
  }
}
