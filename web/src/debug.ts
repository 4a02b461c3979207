// window.__manybody: a small read-only look at the page for its tests.

import type { FrameTime } from './frame_time.ts';
import { language } from './i18n/index.ts';
import type { State } from './state.ts';
import type { Tab } from './panels/plots.ts';
import type { Stage } from './stage/stage.ts';

export interface Debug {
  readonly frames: number;
  readonly root: readonly [number, number, number];
  readonly simTime: number;
  readonly paused: boolean;
  readonly speed: number;
  readonly rtf: number;
  readonly language: string;
  readonly connection: string;
  readonly command: readonly number[];
  readonly measured: readonly number[];
  readonly body: string;
  readonly policy: string;
  readonly mode: string;
  readonly controlHz: number;
  readonly contacts: number;
  readonly pushes: number;
  readonly shape: string;
  readonly camera: string;
  readonly recording: boolean;
  readonly recordedBytes: number;
  readonly plotPoints: Readonly<Record<string, number>>;
  readonly trainState: string;
  readonly fps: number;
  /** Of the right shoulder's pitch, rad: a wave is seen there. */
  readonly shoulder: number;
  readonly view: string;
  readonly whom: string;
  readonly coming: number;
  /** Everyone on the stage; place: on the floor (m); at: on the page (px), the middle of the robot. */
  readonly robots: readonly { id: number; body: string; lead: string; falls: number; error: number; shaped: boolean;
    command: number[]; place: [number, number, number]; at: [number, number] }[];
  readonly drawCalls: number;
  readonly triangles: number;
  /** Milliseconds of script a picture: of half of the latest ones, and of 95 %. */
  readonly scriptMs: readonly [number, number];
}

declare global {
  interface Window {
    readonly __manybody: Debug;
  }
}

export function exposeDebug(state: State, stage: Stage, tabs: Tab[], newest: { simTime: number; command: Float32Array; measured: Float32Array; contactCount: number; joints: Float32Array }, frameTime: FrameTime): void {
  const debug: Debug = {
    get frames() { return state.framesReceived; },
    get root() { return [stage.root.x, stage.root.y, stage.root.z] as const; },
    get simTime() { return newest.simTime; },
    get paused() { return state.status.value?.paused ?? false; },
    get speed() { return state.status.value?.speed ?? 0; },
    get rtf() { return state.status.value?.rtf ?? 0; },
    get language() { return language.value; },
    get connection() { return state.connection.value; },
    get command() { return [...newest.command]; },
    get measured() { return [...newest.measured]; },
    get body() { return state.scene.value?.body ?? ''; },
    get policy() { return state.scene.value?.policy ?? ''; },
    get mode() { return state.scene.value?.mode ?? ''; },
    get controlHz() { return state.scene.value?.control_hz ?? 0; },
    get contacts() { return newest.contactCount; },
    get pushes() { return state.pushesSent; },
    get shape() { return state.shapeLoaded.value; },
    get camera() { return state.camera.value; },
    get recording() { return state.recordingSinceMs.value > 0; },
    get recordedBytes() { return state.recordedBytes.value; },
    get plotPoints() { return Object.fromEntries(tabs.map((tab) => [tab.name, tab.points()])); },
    get trainState() { return state.train.value?.state ?? ''; },
    get fps() { return stage.quality.fps; },
    get shoulder() {
      const at = state.scene.value?.joints.findIndex((joint) => joint.role === 'shoulder_pitch' && joint.side === 'right') ?? -1;
      return at < 0 ? 0 : (newest.joints[4 * at] ?? 0);
    },
    get view() { return state.view.value; },
    get whom() { return String(state.whom.value); },
    get coming() { return state.stage.value?.coming ?? 0; },
    get robots() {
      return (state.stage.value?.robots ?? []).map((robot) => {
        const live = state.live.get(robot.id);
        const actor = stage.cast.actors.get(robot.id);
        return {
          id: robot.id, body: robot.body, lead: live?.lead ?? '', falls: live?.falls ?? 0, error: live?.trackingError ?? 0,
          shaped: actor?.shaped ?? false, command: [...(live?.command ?? [])],
          place: (actor ? actor.root.toArray() : [0, 0, 0]) as [number, number, number], at: actor ? stage.onPage(actor.root) : [0, 0] as [number, number],
        };
      });
    },
    get drawCalls() { return stage.drawn.calls; },
    get triangles() { return stage.drawn.triangles; },
    get scriptMs() { return [frameTime.below(0.5), frameTime.below(0.95)] as const; },
  };
  Object.defineProperty(window, '__manybody', { value: Object.freeze(debug) });
}
