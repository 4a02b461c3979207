// Where the server is, and what the page's own address asks for:
// ?body=NAME&policy=NAME chooses, ?view=stage|single changes the view, ?token=… is passed on to the server, ?quality=best never lowers the picture's quality.

import type { Send, State } from './state.ts';

export class Links {
  private readonly query: URLSearchParams;
  readonly socket: string;
  readonly bestQuality: boolean;

  constructor(private readonly place: Location) {
    this.query = new URLSearchParams(place.search);
    const url = new URL(this.http('ws'));
    url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
    this.socket = url.href;
    this.bestQuality = this.query.get('quality') === 'best';
  }

  readonly http = (path: string): string => {
    const url = new URL(`/${path}`, this.place.href);
    const token = this.query.get('token');
    if (token) url.searchParams.set('token', token);
    return url.href;
  };

  /** Asks once, on the first connection, for the robot and policy named in the address. */
  chooseFrom(state: State, send: Send): void {
    const body = this.query.get('body') ?? undefined;
    const policy = this.query.get('policy') ?? undefined;
    const view = this.query.get('view');
    if (view === 'stage' || view === 'single') {
      const stop = state.status.onChange(() => {
        stop();
        if (view !== state.view.value) send({ type: 'view', view, ...(body ? { body } : {}) });
      });
      return;
    }
    if (!body && !policy) return;
    const stop = state.scene.onChange((scene) => {
      stop();
      if ((body && body !== scene?.body) || (policy && policy !== scene?.policy)) {
        send({ type: 'select', ...(body ? { body } : {}), ...(policy ? { policy } : {}) });
      }
    });
  }
}
