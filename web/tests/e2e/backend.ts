// What the page is tested against: the mock server, or (MANYBODY_URL) a real one behind a small relay that can be cut.

import { connect, createServer, type Server, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';
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
