// What the page is tested against: the mock server, or (MANYBODY_URL) a real one behind a small relay that can be cut; or the
// program itself with simulated robots, started for the file (Program).

import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { MockServer } from '../mock/server.ts';

export interface Backend {
  readonly url: string;
  readonly real: boolean;
  start(): Promise<void>;
  /** The server is gone; `start` brings it back. */
  stop(): Promise<void>;
}

export async function makeBackend(): Promise<Backend> {
  const real = process.env.MANYBODY_URL;
  const backend = real ? new Relay(new URL(real)) : new MockBackend();
  await backend.start();
  return backend;
}

class MockBackend implements Backend {
  readonly real = false;
  private readonly server = new MockServer({ dist: join(import.meta.dirname, '../../dist'), trainSeconds: 8 });

  get url(): string {
    return `${this.server.url}/`;
  }
  start(): Promise<void> {
    return this.server.start();
  }
  async stop(): Promise<void> {
    await this.server.stop();
    this.server.forget();
  }
}

const kRoot = join(import.meta.dirname, '../../..');

/** `manybody demo` on a free port, in a folder of its own. */
export class Program implements Backend {
  readonly real = true;
  url = '';
  /** What it was built as: `make test` builds it before the page's tests. */
  static readonly path = process.env.MANYBODY_BINARY ?? join(kRoot, 'build/release/manybody');
  private process: ChildProcess | null = null;
  private folder = '';
  private said = '';

  constructor(private readonly demo: string[]) {}

  static get isBuilt(): boolean {
    return existsSync(Program.path);
  }

  async start(): Promise<void> {
    this.folder = await mkdtemp(join(tmpdir(), 'manybody-page-'));
    const env = { ...process.env, MANYBODY_HOME: kRoot, XDG_CACHE_HOME: this.folder, TMPDIR: this.folder };
    const program = spawn(Program.path, ['demo', '--port', '0', ...this.demo], { cwd: this.folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
    this.process = program;
    let words = '';
    program.stderr.on('data', (data) => (this.said += String(data)));
    this.url = await new Promise<string>((resolve, reject) => {
      program.stdout.on('data', (data) => {
        words += String(data);
        const found = /^Open (http:\S+)$/m.exec(words);
        if (found) resolve(found[1].replace('localhost', '127.0.0.1'));
      });
      program.on('error', reject);
      program.on('exit', (status) => reject(new Error(`manybody demo ended with status ${status}: ${this.said}`)));
    });
  }

  async stop(): Promise<void> {
    const program = this.process;
    if (program && program.exitCode === null) {
      const gone = new Promise((resolve) => program.once('exit', resolve));
      program.kill('SIGINT');
      await gone;
    }
    this.process = null;
    await rm(this.folder, { recursive: true, force: true });
  }
}

/** Passes bytes to the real server and names it in Host and Origin, which the server checks. */
class Relay implements Backend {
  readonly real = true;
  private server: Server | null = null;
  private readonly open = new Set<Socket>();
  private port = 0;

  constructor(private readonly target: URL) {}

  get url(): string {
    return `http://127.0.0.1:${this.port}/${this.target.search}`;
  }

  async start(): Promise<void> {
    const server = createServer((client) => this.pass(client));
    await new Promise<void>((resolve) => server.listen(this.port, '127.0.0.1', resolve));
    this.port = (server.address() as AddressInfo).port;
    this.server = server;
  }

  async stop(): Promise<void> {
    for (const socket of this.open) socket.destroy();
    await new Promise<void>((resolve) => (this.server ? this.server.close(() => resolve()) : resolve()));
    this.server = null;
  }

  private pass(client: Socket): void {
    const upstream = connect(Number(this.target.port || 80), this.target.hostname);
    let upgraded = false; // from then on the bytes are the WebSocket's own
    client.on('data', (data) => {
      if (upgraded) {
        upstream.write(data);
        return;
      }
      const text = data.toString('latin1');
      upgraded = /^upgrade:\s*websocket/im.test(text);
      upstream.write(Buffer.from(text.replaceAll(`127.0.0.1:${this.port}`, this.target.host), 'latin1'));
    });
    upstream.on('data', (data) => client.write(data));
    for (const [one, other] of [[client, upstream], [upstream, client]]) {
      this.open.add(one);
      one.on('error', () => other.destroy());
      one.on('close', () => {
        this.open.delete(one);
        other.destroy();
      });
    }
  }
}
