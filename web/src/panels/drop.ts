// A robot's own file, dropped on the page: sent to the server, which checks it and lets it walk, or says why it cannot.

import { el } from '../dom.ts';
import { t, tName } from '../i18n/index.ts';
import type { State } from '../state.ts';

const kMostBytes = 24 << 20; // as the server's
const kEndings = ['.xml', '.urdf', '.mjcf', '.zip'];

interface Answer {
  title?: string;
  code?: string;
  message?: string;
}

export class Upload {
  constructor(private readonly state: State, private readonly address: (path: string) => string) {}

  /** One file is one robot. */
  readonly take = (files: File[]): void => {
    const robots = files.filter((file) => kEndings.some((ending) => file.name.toLowerCase().endsWith(ending)));
    if (!robots.length) this.say('error', () => t('drop_kind'));
    for (const file of robots) void this.send(file);
  };

  private say(kind: 'error' | 'info', text: () => string): void {
    this.state.notify({ id: 'upload', kind, text, ...(kind === 'info' ? { lastsMs: 5000 } : {}) });
  }

  private async send(file: File): Promise<void> {
    if (file.size > kMostBytes) return this.say('error', () => t('drop_failed', { file: file.name, why: t('reason_too_large') }));
    this.say('info', () => t('drop_sent', { file: file.name }));
    try {
      const url = new URL(this.address('api/bodies'));
      url.searchParams.set('name', file.name);
      const response = await fetch(url.href, { method: 'POST', headers: { 'Content-Type': 'application/octet-stream' }, body: file });
      const answer = (await response.json()) as Answer;
      if (response.ok) return this.say('info', () => t('drop_walks', { title: answer.title ?? file.name }));
      // The reason in the page's language, then the server's own words with place and figures.
      const known = (): string => (answer.code ? tName('reason_', answer.code) : '');
      const words = answer.message ?? `HTTP ${response.status}`;
      this.say('error', () => t('drop_failed', { file: file.name, why: known() && known() !== answer.code ? `${known()} (${words})` : words }));
    } catch (error) {
      this.say('error', () => t('drop_failed', { file: file.name, why: error instanceof Error ? error.message : String(error) }));
    }
  }
}

/** The whole page takes files; a frame shows that it does. */
export function listenToDrops(take: (files: File[]) => void): HTMLElement {
  const veil = el('div', { class: 'drop-veil', attrs: { hidden: '' } }, el('p', { text: 'drop_here' }));
  const carriesFiles = (event: DragEvent): boolean => [...(event.dataTransfer?.types ?? [])].includes('Files');
  let depth = 0;
  const set = (value: number): void => {
    depth = Math.max(0, value);
    veil.hidden = depth === 0;
  };
  window.addEventListener('dragenter', (event) => carriesFiles(event) && set(depth + 1));
  window.addEventListener('dragleave', (event) => carriesFiles(event) && set(depth - 1));
  window.addEventListener('dragover', (event) => carriesFiles(event) && event.preventDefault());
  window.addEventListener('drop', (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    set(0);
    take([...(event.dataTransfer?.files ?? [])]);
  });
  return veil;
}
