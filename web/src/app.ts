// The page's conversation with the server: what arrives goes into State, what the user did is kept so that it can
// be asked for again after the server was lost.

import { Connection, type ConnectionState } from './connection.ts';
import { quantity } from './format.ts';
import { t } from './i18n/index.ts';
import type { ClientMessage, Frame, Scene, ServerMessage, StageFrame, StageMessage, Status, TalkMessage, TrainMessage } from './protocol.ts';
import { Live, type State, type View } from './state.ts';

/** What the user chose; undefined where the server's own choice stands. */
interface Wanted {
  view?: View;
  body?: string;
  policy?: string;
  speed?: number;
  paused?: boolean;
  command?: { vx: number; vy: number; wz: number };
}

const kTalks = 32; // exchanges kept

export class App {
  private readonly connection: Connection;
  private readonly wanted: Wanted = {};
  private restoring = false;
  private freshTrain = true;
  private askedToTrain = '';

  constructor(private readonly state: State, url: string, private readonly onFrame: (frame: Frame) => void) {
    this.connection = new Connection(url, {
      onState: (now, retryInMs) => this.connectionChanged(now, retryInMs),
      onMessage: (message) => this.receive(message),
      onFrame: (frame) => this.receiveFrame(frame),
      onStageFrame: (frame) => this.receiveStageFrame(frame),
      onProblem: (message) =>
        state.notify({ id: 'protocol', kind: 'error', text: () => t('error_protocol', { message }), lastsMs: 8000 }),
    });
  }

  open(): void {
    this.connection.open();
  }

  readonly send = (message: ClientMessage): boolean => {
    this.remember(message);
    return this.connection.send(this.addressed(message));
  };

  /** On a stage a message says whom it means. */
  private addressed(message: ClientMessage): ClientMessage {
    if (this.state.view.value !== 'stage') return message;
    if ((message.type === 'command' || message.type === 'reset') && message.robot === undefined) return { ...message, robot: this.state.whom.value };
    if (message.type === 'select' && !message.body && message.robot === undefined) return { ...message, robot: this.state.focus.value };
    return message;
  }

  private remember(message: ClientMessage): void {
    if (message.type === 'view') this.wanted.view = message.view;
    if (message.type === 'view' && message.body) this.wanted.body = message.body;
    if (message.type === 'select' && message.body) this.wanted.view = 'single';
    if (this.state.view.value === 'stage' && (message.type === 'command' || (message.type === 'select' && !message.body))) return;
    if (message.type === 'command') this.wanted.command = { vx: message.vx, vy: message.vy, wz: message.wz };
    if (message.type === 'pause') this.wanted.paused = message.on;
    if (message.type === 'speed') this.wanted.speed = message.factor;
    if (message.type === 'select') {
      if (message.body) {
        this.wanted.body = message.body;
        this.wanted.policy = undefined;
        this.wanted.command = undefined; // another body stands or walks as its server says
      }
      if (message.policy) this.wanted.policy = message.policy;
    }
    if (message.type === 'train' && message.action === 'start') this.askedToTrain = 'new';
    if (message.type === 'train' && message.action === 'play') this.askedToTrain = '';
  }

  private connectionChanged(now: ConnectionState, retryInMs: number): void {
    const before = this.state.connection.value;
    this.state.retryAtMs.set(now === 'lost' ? performance.now() + retryInMs : 0);
    this.state.connection.set(now);
    if (now === 'lost') {
      this.state.notify({ id: 'connection', kind: 'lost', text: () => this.lostText() });
    } else if (now === 'open') {
      this.freshTrain = true;
      this.restoring = before === 'lost';
      this.state.playback.clear();
      this.state.history.clear();
      this.state.talks.set([]);
      this.state.live.clear();
      this.state.dismiss('connection');
      if (before === 'lost') {
        this.state.notify({ id: 'connection', kind: 'info', text: () => t('banner_back'), lastsMs: 2500 });
      }
    }
  }

  private lostText(): string {
    const seconds = Math.ceil((this.state.retryAtMs.value - performance.now()) / 1000);
    return seconds > 0 ? t('banner_lost', { seconds: quantity(seconds, 's', 0) }) : t('banner_lost_now');
  }

  private receive(message: ServerMessage): void {
    switch (message.type) {
      case 'hello':
        this.state.bodies.set(message.bodies);
        break;
      case 'scene':
        this.sceneChanged(message);
        break;
      case 'stage':
        this.stageChanged(message);
        break;
      case 'status':
        this.state.status.set(message);
        if (this.restoring) this.restore(message);
        break;
      case 'train':
        this.trainChanged(message);
        break;
      case 'talk':
        this.talkChanged(message);
        break;
      case 'world':
        this.state.world.set(message.items);
        break;
      case 'error':
        this.state.notify({ id: 'server', kind: 'error', text: () => t('error_from_server', { message: message.message }) });
    }
  }

  private talkChanged(talk: TalkMessage): void {
    const others = this.state.talks.value.filter((one) => one.id !== talk.id);
    this.state.talks.set([...others, talk].sort((a, b) => a.id - b.id).slice(-kTalks));
  }

  private sceneChanged(scene: Scene): void {
    const before = this.state.scene.value;
    if (!before || before.body !== scene.body || before.mode !== scene.mode || before.policy !== scene.policy) {
      this.state.history.clear();
      this.state.playback.clear();
    }
    this.shown = '';
    this.state.scene.set(scene);
    this.state.view.set('single');
  }

  private stageChanged(stage: StageMessage): void {
    const ids = new Set(stage.robots.map((robot) => robot.id));
    for (const id of this.state.live.keys()) if (!ids.has(id)) this.state.live.delete(id);
    for (const id of ids) if (!this.state.live.has(id)) this.state.live.set(id, new Live());
    this.state.stage.set(stage);
    const { whom, focus } = this.state;
    if (whom.value !== 'all' && !ids.has(whom.value)) whom.set('all');
    this.state.view.set('stage');
    if (ids.has(focus.value)) this.showFocus();
    else if (stage.robots[0]) this.choose(whom.value, stage.robots[0].id);
  }

  /** Whom the inputs act on from now on; plots stay with one robot when it is all of them. */
  readonly choose = (whom: number | 'all', focus = whom === 'all' ? this.state.focus.value : whom): void => {
    this.state.focus.set(focus);
    this.state.whom.set(whom);
    this.showFocus();
  };

  private shown = '';
  private showFocus(): void {
    const robot = this.state.robot(this.state.focus.value);
    if (!robot) return;
    const key = `${robot.id}/${robot.policy}`;
    if (key !== this.shown) {
      this.state.history.clear();
      this.state.playback.clear();
    }
    this.shown = key;
    this.state.scene.set({ ...robot, type: 'scene' });
  }

  /** After a lost server: asks once for what the user had chosen, where the server now says otherwise. */
  private restore(status: Status): void {
    const { body, policy, speed, paused, command } = this.wanted;
    const view = this.wanted.view ?? this.state.view.value;
    const known = this.state.bodies.value.find((one) => one.name === body);
    if (view === 'stage') {
      if (this.state.view.value !== 'stage') this.connection.send({ type: 'view', view });
    } else {
      if (body && known && body !== status.body) this.connection.send({ type: 'select', body, ...(policy ? { policy } : {}) });
      else if (policy && policy !== status.policy) this.connection.send({ type: 'select', policy });
      if (command) this.connection.send({ type: 'command', ...command });
    }
    if (speed !== undefined && speed !== status.speed) this.connection.send({ type: 'speed', factor: speed });
    if (paused !== undefined && paused !== status.paused) this.connection.send({ type: 'pause', on: paused });
    this.restoring = false;
  }

  private trainChanged(message: TrainMessage): void {
    const before = this.state.train.value;
    const whole = message.whole || this.freshTrain || !before || before.run !== message.run;
    this.freshTrain = false;
    const curves = whole ? {} : before.curves;
    for (const [name, points] of Object.entries(message.curves)) (curves[name] ??= []).push(...points);
    this.state.train.set({ ...message, curves });
    if (this.askedToTrain === 'new' && message.run && message.run !== before?.run) this.askedToTrain = message.run;
    const ready = message.state === 'running' && message.run === this.askedToTrain;
    if (ready && this.state.scene.value?.mode !== 'train') {
      this.askedToTrain = ''; // asked once: the user may go back to walking while it learns
      this.connection.send({ type: 'train', action: 'follow', run: message.run });
    }
  }

  private receiveFrame(frame: Frame): void {
    const scene = this.state.scene.value;
    if (!scene || frame.linkCount !== scene.links.length || frame.jointCount !== scene.joints.length) return; // of an older scene
    this.state.framesReceived++;
    this.state.lastCommand.set(frame.command);
    this.state.history.add(frame);
    this.state.playback.add(frame);
    this.onFrame(frame);
  }

  private receiveStageFrame(frame: StageFrame): void {
    const stage = this.state.stage.value;
    if (this.state.view.value !== 'stage' || !stage || frame.revision !== stage.revision) return;
    this.state.framesReceived++;
    for (let i = 0; i < frame.count; i++) {
      const member = frame.members[i];
      const live = this.state.live.get(member.id);
      if (!live) continue;
      live.lead = member.lead;
      live.falls = member.falls;
      live.fallen = member.frame.fallen;
      live.trackingError = member.trackingError;
      live.command.set(member.frame.command);
      live.measured.set(member.frame.measured);
      live.contacts = member.frame.contacts;
      live.contactCount = member.frame.contactCount;
      live.playback.add(member.frame);
      if (member.id !== this.state.focus.value) continue;
      this.state.lastCommand.set(member.frame.command);
      this.state.history.add(member.frame);
      this.state.playback.add(member.frame);
      this.onFrame(member.frame);
    }
  }
}
