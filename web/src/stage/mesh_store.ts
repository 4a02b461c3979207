// A body's shape: fetched once, unpacked once (in a worker), then kept for as long as the page lives.

import type { LinkGeometry } from './mesh_pack.ts';
import type { WorkerAnswer } from './mesh_worker.ts';

export class MeshStore {
  private readonly kept = new Map<string, Promise<LinkGeometry[]>>();
  private readonly waiting = new Map<number, { resolve(g: LinkGeometry[]): void; reject(e: Error): void }>();
  private readonly worker: Worker;
  private lastId = 0;

  constructor(private readonly address: (path: string) => string) {
    this.worker = new Worker(new URL('./mesh_worker.ts', import.meta.url), { type: 'module' });
    this.worker.onmessage = ({ data }: MessageEvent<WorkerAnswer>) => {
      const waiting = this.waiting.get(data.id);
      this.waiting.delete(data.id);
      if ('error' in data) waiting?.reject(new Error(data.error));
      else waiting?.resolve(data.geometries);
    };
    this.worker.onerror = (event) => {
      for (const one of this.waiting.values()) one.reject(new Error(event.message || 'worker'));
      this.waiting.clear();
    };
  }

  /** `far`: with fewer triangles, for one robot of many. */
  get(body: string, detail: 'near' | 'far' = 'near'): Promise<LinkGeometry[]> {
    const key = `${detail}/${body}`;
    let found = this.kept.get(key);
    if (!found) {
      found = this.load(body, detail);
      found.catch(() => this.kept.delete(key)); // the next try asks the server again
      this.kept.set(key, found);
    }
    return found;
  }

  private async load(body: string, detail: string): Promise<LinkGeometry[]> {
    const url = new URL(this.address(`api/bodies/${encodeURIComponent(body)}/mesh`));
    if (detail !== 'near') url.searchParams.set('detail', detail);
    const answer = await fetch(url.href);
    if (!answer.ok) throw new Error(`HTTP ${answer.status}`);
    const buffer = await answer.arrayBuffer();
    const id = ++this.lastId;
    return new Promise((resolve, reject) => {
      this.waiting.set(id, { resolve, reject });
      this.worker.postMessage({ id, buffer }, [buffer]);
    });
  }
}
