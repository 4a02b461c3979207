// A server that speaks docs/protocol.md with a drawn robot behind it, for the page's own tests and for work on the page.
// It can be stopped and started again on the same port, as a server that was lost.

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import {
  kFrameHeaderBytes, kFrameMagic, kMemberHeaderBytes, kPrior, kStageFrameMagic, kStageHeaderBytes, type BodyInfo, type ClientMessage, type SceneOf,
  type ServerMessage, type StageMessage,
} from '../../src/protocol.ts';
import { makeHumanoid, type MockBody } from './body.ts';
import { meshPack } from './shapes.ts';
import { MockTalk } from './talk.ts';
import { MockTraining } from './training.ts';
import { kControlHz, kRewards, Walker } from './walker.ts';

const kTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
};
const kFrameMs = 1000 / 60;
const kMostRobots = 16;

/** A robot of the mock's stage: walks in a world of its own, drawn beside its mark. */
interface Member {
  id: number;
  mark: [number, number];
  walker: Walker;
  steered: boolean;
  policy: string;
}

export interface MockOptions {
  port?: number;
  dist: string;
  /** How long the mock's training takes. */
  trainSeconds?: number;
  bodies?: MockBody[];
}

export class MockServer {
  readonly received: ClientMessage[] = [];
  private readonly bodies: MockBody[];
  private http: Server | null = null;
  private sockets: WebSocketServer | null = null;
  private timer: NodeJS.Timeout | null = null;
  private port: number;
  private walker: Walker;
  private policy = '';
  private training: MockTraining;
  private readonly talk = new MockTalk((message) => this.broadcast(message));
  private following = false;
  private paused = false;
  private speed = 1;
  private sequence = 0;
  private lastMs = 0;
  private owed = 0;
  private ticks = 0;
  private onStage = false;
  private members: Member[] = [];
  private lastId = -1;
  private revision = 0;

  constructor(private readonly options: MockOptions) {
    this.port = options.port ?? 0;
    this.bodies = options.bodies ?? [
      makeHumanoid('mock_biped', 'Mock Biped', 1, ['walk', 'walk_slow']),
      makeHumanoid('mock_junior', 'Mock Junior', 0.62, ['walk_junior']),
      { ...makeHumanoid('mock_sheet', 'Mock Sheet', 1.2, []), kind: 'spec_sheet', titleZh: '模拟规格' },
    ];
    this.walker = new Walker(this.bodies[0]);
    this.policy = this.bodies[0].policies[0] ?? kPrior;
    this.training = this.newTraining();
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const http = createServer((request, response) => void this.answer(request, response));
    const sockets = new WebSocketServer({ server: http, path: '/ws' });
    sockets.on('connection', (socket) => this.welcome(socket));
    await new Promise<void>((resolve) => http.listen(this.port, '127.0.0.1', resolve));
    this.port = (http.address() as AddressInfo).port;
    this.http = http;
    this.sockets = sockets;
    this.lastMs = performance.now();
    this.timer = setInterval(() => this.tick(), kFrameMs);
  }

  async stop(): Promise<void> {
    if (this.timer) clearInterval(this.timer);
    for (const socket of this.sockets?.clients ?? []) socket.terminate();
    this.sockets?.close();
    this.http?.closeAllConnections();
    await new Promise<void>((resolve) => (this.http ? this.http.close(() => resolve()) : resolve()));
    this.http = this.sockets = null;
  }

  /** A process that starts anew has forgotten everything. */
  forget(): void {
    this.choose(this.bodies[0].name, undefined);
    this.onStage = false;
    this.members = [];
    this.paused = false;
    this.speed = 1;
    this.following = false;
    this.training = this.newTraining();
  }

  private newTraining(): MockTraining {
    return new MockTraining(this.options.trainSeconds ?? 20);
  }

  private info(): BodyInfo[] {
    const known = this.bodies.map((body): BodyInfo => ({
      name: body.name, title: body.title, kind: body.kind, ...(body.titleZh ? { title_zh: body.titleZh } : {}), installed: true, joints: body.links.filter((link) => link.joint).length,
      mass: body.mass, height: body.height, policies: [...body.policies, kPrior],
    }));
    return [...known, { name: 'mock_absent', title: 'Mock Absent', kind: 'model', installed: false, joints: 20, policies: [] },
      { name: 'mock_broken', title: 'Mock Broken', kind: 'model', installed: true, problem: 'mock_broken.xml: no legs', policies: [kPrior] }];
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', this.url).pathname);
    const mesh = /^\/api\/bodies\/([^/]+)\/mesh$/.exec(path);
    try {
      if (path === '/api/health') return this.json(response, { ok: true, version: 'mock' });
      if (path === '/api/bodies' && request.method === 'POST') return await this.takeFile(request, response);
      if (path === '/api/bodies') return this.json(response, this.info());
      if (mesh) {
        const body = this.bodies.find((one) => one.name === mesh[1]);
        if (!body) throw new Error('no such body');
        response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Content-Encoding': 'gzip', ETag: `"${body.name}"` });
        response.end(gzipSync(meshPack(body)));
        return;
      }
      const file = join(this.options.dist, normalize(path === '/' ? '/index.html' : path));
      const data = await readFile(file);
      response.writeHead(200, { 'Content-Type': kTypes[extname(file)] ?? 'application/octet-stream' });
      response.end(data);
    } catch {
      response.writeHead(404).end('not found');
    }
  }

  /** As the real server answers: a humanoid is put on the stage, anything else gets its reason. */
  private async takeFile(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const name = new URL(request.url ?? '/', this.url).searchParams.get('name') ?? '';
    let text = '';
    for await (const piece of request) text += String(piece);
    if (!text.includes('<joint')) {
      response.writeHead(422, { 'Content-Type': 'application/json' });
      response.end(JSON.stringify({ type: 'error', code: 'more_legs', message: 'stands on more than two legs: a, b, c' }));
      return;
    }
    const stem = name.replace(/\.\w+$/, '');
    this.bodies.push(makeHumanoid(stem, stem, 0.9, []));
    if (!this.onStage) this.openStage();
    this.addRobot(stem);
    response.writeHead(201, { 'Content-Type': 'application/json' });
    response.end(JSON.stringify({ ok: true, robot: this.lastId, name: stem, title: stem }));
  }

  private json(response: ServerResponse, value: unknown): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }

  private welcome(socket: WebSocket): void {
    const send = (message: ServerMessage): void => socket.send(JSON.stringify(message));
    send({ type: 'hello', version: 'mock', language_default: 'en', bodies: this.info() });
    send(this.onStage ? this.stage() : this.scene());
    send(this.status());
    for (const message of this.talk.greeting(this.walker.body.title)) send(message);
    if (this.training.started) send(this.training.message(true));
    socket.on('message', (data) => {
      try {
        const message = JSON.parse(String(data)) as ClientMessage;
        this.received.push(message);
        this.handle(message);
        this.broadcast(this.status());
      } catch (error) {
        send({ type: 'error', message: error instanceof Error ? error.message : String(error), fatal: false });
      }
    });
  }

  private handle(message: ClientMessage): void {
    if (this.onStage && this.handleOnStage(message)) return;
    switch (message.type) {
      case 'view':
        if (message.view === 'stage') return this.openStage();
        this.onStage = false;
        if (message.body) this.choose(message.body, undefined);
        return this.broadcast(this.scene());
      case 'say': return this.talk.hear(message.text, this.walker);
      case 'command': return this.walker.setCommand(message.vx, message.vy, message.wz);
      case 'pause': return void (this.paused = message.on);
      case 'step': return this.paused ? this.walker.step() : undefined;
      case 'reset': return this.walker.reset();
      case 'speed': return void (this.speed = Math.max(0.125, Math.min(4, message.factor)));
      case 'push': return this.walker.shoveWith(message.force, message.seconds);
      case 'select':
        this.onStage = false;
        this.choose(message.body ?? this.walker.body.name, message.policy);
        return this.broadcast(this.scene());
      case 'train': return this.train(message);
      default: throw new Error(`unknown message type "${(message as { type: string }).type}"`);
    }
  }

  private handleOnStage(message: ClientMessage): boolean {
    const meant = (robot: number | 'all' | undefined): Member[] => this.members.filter((one) => robot === undefined || robot === 'all' || one.id === robot);
    switch (message.type) {
      case 'command':
        for (const one of meant(message.robot)) {
          one.walker.setCommand(message.vx, message.vy, message.wz);
          one.steered = true;
        }
        return true;
      case 'step':
        if (this.paused) for (const one of this.members) one.walker.step();
        return true;
      case 'reset':
        for (const one of meant(message.robot)) one.walker.reset();
        return true;
      case 'push':
        for (const one of meant(message.robot)) one.walker.shoveWith(message.force, message.seconds);
        return true;
      case 'select': {
        if (message.body || message.robot === undefined || !message.policy) return false;
        for (const one of meant(message.robot)) one.policy = message.policy;
        this.stageChanged();
        return true;
      }
      case 'stage':
        if (message.action === 'add') this.addRobot(message.body ?? '');
        if (message.action === 'remove') this.members = this.members.filter((one) => one.id !== message.robot);
        if (message.action === 'release') for (const one of meant(message.robot)) one.steered = false;
        this.stageChanged();
        return true;
      default:
        return false;
    }
  }

  private openStage(): void {
    this.onStage = true;
    if (!this.members.length) for (let i = 0; i < 8; i++) this.addRobot(this.bodies[i % 3].name);
    this.stageChanged();
  }

  private addRobot(name: string): void {
    const body = this.bodies.find((one) => one.name === name);
    if (!body) throw new Error(`stage: no body "${name}"`);
    if (this.members.length >= kMostRobots) throw new Error('stage: it is full');
    const id = ++this.lastId;
    const walker = new Walker(body);
    walker.setCommand(0, 0, 0);
    const row = id % 2;
    const column = Math.ceil(((id >> 1) % 8) / 2) * ((id >> 1) % 2 ? 1 : -1);
    this.members.push({ id, mark: [row ? 1.2 : -1.2, 1.7 * column + 0.8 * row], walker, steered: false, policy: body.policies[0] ?? kPrior });
    this.stageChanged();
  }

  private stageChanged(): void {
    this.revision++;
    this.broadcast(this.stage());
  }

  private stage(): StageMessage {
    const robots = this.members.map((one) => ({
      id: one.id, mark: one.mark, mass: one.walker.body.mass, height: one.walker.body.height, driven: one.walker.joints.length,
      ...this.sceneOf(one.walker, one.policy, 'play'),
    }));
    return { type: 'stage', revision: this.revision, most: kMostRobots, coming: 0, robots };
  }

  private choose(name: string, policy: string | undefined): void {
    const body = this.bodies.find((one) => one.name === name);
    if (!body) throw new Error(`body: no body "${name}", expected one of ${this.bodies.map((one) => one.name).join(', ')}`);
    if (policy && policy !== kPrior && !body.policies.includes(policy)) throw new Error(`policy: "${policy}" is not for ${name}`);
    if (body !== this.walker.body) this.walker = new Walker(body);
    this.policy = policy ?? body.policies[0] ?? kPrior;
    this.following = false;
    this.walker.skill = 1;
  }

  private train({ action, body }: Extract<ClientMessage, { type: 'train' }>): void {
    if (action === 'start') {
      if (body) this.choose(body, undefined);
      this.training = this.newTraining();
      this.training.start(this.walker.body.name);
    }
    if (action === 'stop') this.training.stop();
    if (action === 'follow') this.following = true;
    if (action === 'play') this.following = false;
    if (!this.following) this.walker.skill = 1;
    this.broadcast(this.training.message(action === 'start'));
    this.broadcast(this.scene());
  }

  private scene(): ServerMessage {
    return { type: 'scene', ...this.sceneOf(this.walker, this.following ? 'training' : this.policy, this.following ? 'train' : 'play') };
  }

  private sceneOf({ body }: Walker, policy: string, mode: 'play' | 'train'): SceneOf {
    return {
      body: body.name, title: body.title, ...(body.titleZh ? { title_zh: body.titleZh } : {}), kind: body.kind,
      policy, policies: [...body.policies, kPrior],
      links: body.links.map((link) => link.name), joints: body.links.flatMap((link) => (link.joint ? [link.joint] : [])),
      rewards: kRewards, control_hz: kControlHz, leg_length: 0.7 * (body.height / 1.4), mode,
    };
  }

  private status(): ServerMessage {
    return {
      type: 'status', paused: this.paused, speed: this.speed, rtf: this.paused ? 0 : this.speed * 0.998, sim_time: this.walker.simTime,
      falls: this.walker.falls, policy: this.onStage ? '' : this.policy, body: this.onStage ? '' : this.walker.body.name,
    };
  }

  private broadcast(message: ServerMessage): void {
    for (const socket of this.sockets?.clients ?? []) socket.send(JSON.stringify(message));
  }

  private tick(): void {
    const now = performance.now();
    const dt = Math.min(0.2, (now - this.lastMs) / 1000);
    this.lastMs = now;
    if (!this.paused) this.owed += dt * this.speed;
    for (; this.owed >= 1 / kControlHz; this.owed -= 1 / kControlHz) {
      if (this.onStage) for (const one of this.members) one.walker.step();
      else {
        this.talk.step(this.walker, 1 / kControlHz);
        this.walker.step();
      }
    }
    if (this.training.step(dt)) this.broadcast(this.training.message(false));
    if (this.following) this.walker.skill = this.training.share;
    if (++this.ticks % 15 === 0) this.broadcast(this.status());
    this.sequence++;
    const frame = this.onStage ? this.stageFrame() : this.frame(this.walker);
    for (const socket of this.sockets?.clients ?? []) if (socket.bufferedAmount < 100000) socket.send(frame);
  }

  private stageFrame(): Buffer {
    const head = Buffer.alloc(kStageHeaderBytes);
    head.writeUInt32LE(kStageFrameMagic, 0);
    head.writeUInt32LE(this.sequence, 4);
    head.writeUInt32LE(this.revision, 8);
    head.writeUInt16LE(this.members.length, 12);
    const parts = this.members.flatMap((one) => {
      const frame = this.frame(one.walker, one.mark);
      const part = Buffer.alloc(kMemberHeaderBytes);
      part.writeUInt16LE(one.id, 0);
      part.writeUInt16LE(one.steered ? 1 : 0, 2);
      part.writeUInt32LE(one.walker.falls, 4);
      part.writeFloatLE(Math.hypot(one.walker.command[0] - one.walker.measured[0], one.walker.command[1] - one.walker.measured[1]), 8);
      part.writeUInt32LE(frame.length, 12);
      return [part, frame];
    });
    return Buffer.concat([head, ...parts]);
  }

  private frame(walker: Walker, [dx, dy] = [0, 0]): Buffer {
    const rewards = walker.rewards();
    const floats = [
      ...walker.links.flatMap(({ position: [x, y, z], rotation }) => [x + dx, y + dy, z, ...rotation]),
      ...walker.joints.flatMap((joint) => [joint.position, joint.velocity, joint.torque, joint.target]),
      ...walker.command, ...walker.measured, ...walker.gait, ...walker.contacts.flatMap(([x, y, ...rest]) => [x + dx, y + dy, ...rest]), ...rewards,
    ];
    const frame = Buffer.alloc(kFrameHeaderBytes + 4 * floats.length);
    frame.writeUInt32LE(kFrameMagic, 0);
    frame.writeUInt32LE(this.sequence, 4);
    frame.writeDoubleLE(walker.simTime, 8);
    frame.writeFloatLE(this.paused ? 0 : this.speed, 16);
    frame.writeUInt8(Number(this.paused), 20);
    frame.writeUInt8(Number(walker.fallen), 21);
    frame.writeUInt16LE(walker.links.length, 24);
    frame.writeUInt16LE(walker.joints.length, 26);
    frame.writeUInt16LE(walker.contacts.length, 28);
    frame.writeUInt16LE(rewards.length, 30);
    floats.forEach((value, i) => frame.writeFloatLE(value, kFrameHeaderBytes + 4 * i));
    return frame;
  }
}
