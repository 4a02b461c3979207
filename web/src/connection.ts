// One WebSocket to the server that comes back by itself: 0.25 s after the first loss, doubling to 5 s.
// Reads: messages of docs/protocol.md. Writes: `onMessage`, `onFrame`, `onState`.
// Errors: a message that does not fit the protocol goes to `onProblem`; the connection stays open.

import { decodeFrame, decodeStageFrame, Frame, frameKind, parseServerMessage, StageFrame, type ClientMessage, type ServerMessage } from './protocol.ts';

export type ConnectionState = 'connecting' | 'open' | 'lost';

export interface ConnectionEvents {
  onState(state: ConnectionState, retryInMs: number): void;
  onMessage(message: ServerMessage): void;
  /** The frame is reused by the next call: copy what must stay. */
  onFrame(frame: Frame): void;
  onStageFrame(frame: StageFrame): void;
  onProblem(message: string): void;
}

const kFirstRetryMs = 250;
const kLastRetryMs = 5000;
const kOpenTimeoutMs = 10000;
const kGraceMs = 300; // a page that was busy has the answer waiting: look once more before giving up

export class Connection {
  private socket: WebSocket | null = null;
  private retryMs = kFirstRetryMs;
  private timer = 0;
  private readonly frame = new Frame();
  private readonly stageFrame = new StageFrame();

  constructor(private readonly url: string, private readonly events: ConnectionEvents) {}

  open(): void {
    window.clearTimeout(this.timer);
    this.drop();
    const socket = new WebSocket(this.url);
    socket.binaryType = 'arraybuffer';
    this.socket = socket;
    this.timer = window.setTimeout(() => (this.timer = window.setTimeout(() => socket.close(), kGraceMs)), kOpenTimeoutMs);
    socket.onopen = () => {
      window.clearTimeout(this.timer);
      this.retryMs = kFirstRetryMs;
      this.events.onState('open', 0);
    };
    socket.onmessage = (event: MessageEvent<string | ArrayBuffer>) => this.receive(event.data);
    socket.onclose = () => this.retry(socket);
  }

  send(message: ClientMessage): boolean {
    if (this.socket?.readyState !== WebSocket.OPEN) return false;
    this.socket.send(JSON.stringify(message));
    return true;
  }

  private receive(data: string | ArrayBuffer): void {
    try {
      if (typeof data === 'string') {
        this.events.onMessage(parseServerMessage(data));
      } else if (frameKind(data) === 'stage') {
        decodeStageFrame(data, this.stageFrame);
        const now = performance.now();
        for (let i = 0; i < this.stageFrame.count; i++) this.stageFrame.members[i].frame.arrivedMs = now;
        this.events.onStageFrame(this.stageFrame);
      } else {
        decodeFrame(data, this.frame);
        this.frame.arrivedMs = performance.now();
        this.events.onFrame(this.frame);
      }
    } catch (error) {
      this.events.onProblem(error instanceof Error ? error.message : String(error));
    }
  }

  private retry(socket: WebSocket): void {
    if (socket !== this.socket) return;
    this.drop();
    window.clearTimeout(this.timer);
    this.timer = window.setTimeout(() => this.open(), this.retryMs);
    this.events.onState('lost', this.retryMs);
    this.retryMs = Math.min(this.retryMs * 2, kLastRetryMs);
  }

  private drop(): void {
    const old = this.socket;
    this.socket = null;
    if (!old) return;
    old.onopen = old.onmessage = old.onclose = null;
    old.close();
  }
}
