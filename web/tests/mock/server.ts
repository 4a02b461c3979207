// A server that speaks docs/protocol.md with a drawn robot behind it, for the page's own tests and for work on the page.
// It can be stopped and started again on the same port, as a server that was lost.

import { readFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { extname, join, normalize } from 'node:path';
import { gzipSync } from 'node:zlib';
import { WebSocketServer, type WebSocket } from 'ws';
import { kFrameHeaderBytes, kFrameMagic, kPrior, type BodyInfo, type ClientMessage, type ServerMessage } from '../../src/protocol.ts';
import { makeHumanoid, type MockBody } from './body.ts';
import { meshPack } from './shapes.ts';
import { MockTalk } from './talk.ts';
import { MockTraining } from './training.ts';
import { kControlHz, kRewards, Walker } from './walker.ts';

const kTypes: Record<string, string> = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2',
};
const kFrameMs = 1000 / 60;

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

  private json(response: ServerResponse, value: unknown): void {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(JSON.stringify(value));
  }

  private welcome(socket: WebSocket): void {
    const send = (message: ServerMessage): void => socket.send(JSON.stringify(message));
    send({ type: 'hello', version: 'mock', language_default: 'en', bodies: this.info() });
    send(this.scene());
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
    switch (message.type) {
      case 'say': return this.talk.hear(message.text, this.walker);
      case 'command': return this.walker.setCommand(message.vx, message.vy, message.wz);
      case 'pause': return void (this.paused = message.on);
      case 'step': return this.paused ? this.walker.step() : undefined;
      case 'reset': return this.walker.reset();
      case 'speed': return void (this.speed = Math.max(0.125, Math.min(4, message.factor)));
      case 'push': return this.walker.shoveWith(message.force, message.seconds);
      case 'select':
        this.choose(message.body ?? this.walker.body.name, message.policy);
        return this.broadcast(this.scene());
      case 'train': return this.train(message);
      default: throw new Error(`unknown message type "${(message as { type: string }).type}"`);
    }
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
    const { body } = this.walker;
    return {
      type: 'scene', body: body.name, title: body.title, ...(body.titleZh ? { title_zh: body.titleZh } : {}), kind: body.kind,
      policy: this.following ? 'training' : this.policy, policies: [...body.policies, kPrior],
      links: body.links.map((link) => link.name), joints: body.links.flatMap((link) => (link.joint ? [link.joint] : [])),
      rewards: kRewards, control_hz: kControlHz, leg_length: 0.7 * (body.height / 1.4), mode: this.following ? 'train' : 'play',
    };
  }

  private status(): ServerMessage {
    return {
      type: 'status', paused: this.paused, speed: this.speed, rtf: this.paused ? 0 : this.speed * 0.998, sim_time: this.walker.simTime,
      falls: this.walker.falls, policy: this.policy, body: this.walker.body.name,
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
      this.talk.step(this.walker, 1 / kControlHz);
      this.walker.step();
    }
    if (this.training.step(dt)) this.broadcast(this.training.message(false));
    if (this.following) this.walker.skill = this.training.share;
    if (++this.ticks % 15 === 0) this.broadcast(this.status());
    const frame = this.frame();
    for (const socket of this.sockets?.clients ?? []) if (socket.bufferedAmount < 100000) socket.send(frame);
  }

  private frame(): Buffer {
    const { walker } = this;
    const rewards = walker.rewards();
    const floats = [
      ...walker.links.flatMap((link) => [...link.position, ...link.rotation]),
      ...walker.joints.flatMap((joint) => [joint.position, joint.velocity, joint.torque, joint.target]),
      ...walker.command, ...walker.measured, ...walker.gait, ...walker.contacts.flat(), ...rewards,
    ];
    const frame = Buffer.alloc(kFrameHeaderBytes + 4 * floats.length);
    frame.writeUInt32LE(kFrameMagic, 0);
    frame.writeUInt32LE(++this.sequence, 4);
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
