// What the page knows, in one place. Panels and stage read it; only App (app.ts) and the inputs write it.

import { Signal } from './signal.ts';
import type { ConnectionState } from './connection.ts';
import type { BodyInfo, ClientMessage, Lead, Scene, StageMessage, StageRobot, Status, TalkMessage, TrainMessage, Whom, WorldItem } from './protocol.ts';
import { History } from './history.ts';
import { Playback } from './playback.ts';

export type CameraMode = 'follow' | 'chase' | 'free';

export interface Notice {
  id: string; // one notice an id: a newer text replaces the older one
  kind: 'error' | 'lost' | 'info';
  text: () => string; // asked again when the language changes
  lastsMs?: number;
}

/** A training run as the page has followed it: every point of every curve since its first step. */
export interface TrainView extends Omit<TrainMessage, 'type'> {
  curves: Record<string, [number, number][]>;
}

export type View = 'single' | 'stage';

/** What a robot of the stage does now, for the table and its label. */
export class Live {
  lead: Lead = 'rounds';
  falls = 0;
  fallen = false;
  trackingError = 0;
  contactCount = 0;
  contacts: Float32Array = new Float32Array(0);
  readonly command = new Float32Array(3);
  readonly measured = new Float32Array(3);
  readonly playback = new Playback();
}

export class State {
  readonly connection = new Signal<ConnectionState>('connecting');
  readonly retryAtMs = new Signal(0);
  readonly bodies = new Signal<BodyInfo[]>([]);
  readonly view = new Signal<View>('single');
  /** The robot on view; on a stage, the one that plots are about (`focus`). */
  readonly scene = new Signal<Scene | null>(null);
  readonly stage = new Signal<StageMessage | null>(null);
  /** On a stage: whom keys, pad and buttons act on. */
  readonly whom = new Signal<Whom>('all');
  /** On a stage: the robot that plots and the policy chooser are about; the last one chosen. */
  readonly focus = new Signal(-1);
  readonly live = new Map<number, Live>();
  readonly status = new Signal<Status | null>(null);
  readonly train = new Signal<TrainView | null>(null);
  readonly notices = new Signal<Notice[]>([]);
  /** Exchanges with the robots, oldest first. */
  readonly talks = new Signal<TalkMessage[]>([]);
  readonly world = new Signal<WorldItem[]>([]);
  readonly chatOpen = new Signal(true);

  readonly camera = new Signal<CameraMode>('follow');
  readonly pushTool = new Signal(false);
  readonly showForces = new Signal(false);
  readonly showGuides = new Signal(true);
  readonly recordingSinceMs = new Signal(0); // 0: not recording
  readonly recordedBytes = new Signal(0);
  readonly plotsOpen = new Signal(true);
  readonly tab = new Signal('motion');
  readonly shapeLoaded = new Signal('');

  readonly history = new History();
  readonly playback = new Playback();
  /** The command the server reports, after its own clipping: vx, vy (m/s), yaw rate (rad/s). */
  readonly lastCommand = new Float32Array(3);
  framesReceived = 0;
  pushesSent = 0;
  loadingShape = '';

  robot(id: number): StageRobot | undefined {
    return this.stage.value?.robots.find((one) => one.id === id);
  }

  notify(notice: Notice): void {
    this.notices.set([...this.notices.value.filter((other) => other.id !== notice.id), notice]);
    if (notice.lastsMs) window.setTimeout(() => this.dismiss(notice.id, notice), notice.lastsMs);
  }

  dismiss(id: string, only?: Notice): void {
    this.notices.set(this.notices.value.filter((notice) => notice.id !== id || (only && notice !== only)));
  }
}

export type Send = (message: ClientMessage) => boolean;
