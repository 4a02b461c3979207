// The panel on the right: one tab a subject. Only the tab in view is drawn.

import { el, iconButton } from '../dom.ts';
import type { TextKey } from '../i18n/index.ts';
import type { State } from '../state.ts';

export interface Tab {
  name: string;
  title: TextKey;
  box: HTMLElement;
  update(): void;
  /** How many points its chart holds; tests watch it. */
  points(): number;
}

const kEveryMs = 66;
const kRestMs = 400;

export function makePlots(state: State, tabs: Tab[]): { box: HTMLElement; update(nowMs: number): void } {
  const heads = tabs.map((tab) => {
    const head = el('button', { class: 'tab', text: tab.title, attrs: { role: 'tab', id: `tab-${tab.name}`, 'aria-controls': `page-${tab.name}` } });
    head.type = 'button';
    head.addEventListener('click', () => state.tab.set(tab.name));
    return head;
  });
  const list = el('div', { class: 'tabs', label: 'plots', attrs: { role: 'tablist' } }, ...heads);
  list.removeAttribute('title');
  list.addEventListener('keydown', (event) => moveFocus(event, heads));
  const pages = tabs.map((tab) => el('div', {
    class: 'scroll', attrs: { role: 'tabpanel', id: `page-${tab.name}`, 'aria-labelledby': `tab-${tab.name}` },
  }, tab.box));
  const close = iconButton('close', 'close', () => state.plotsOpen.set(false), { class: 'sheet-close' });
  const box = el('aside', { class: 'plots card' }, el('div', { class: 'tabs-row' }, list, close), ...pages);
  state.tab.watch((name) => {
    tabs.forEach((tab, i) => {
      const on = tab.name === name;
      pages[i].hidden = !on;
      heads[i].setAttribute('aria-selected', String(on));
      heads[i].tabIndex = on ? 0 : -1;
      if (on) tab.update();
    });
  });
  state.plotsOpen.watch((open) => (box.hidden = !open));
  let drawnAt = 0;
  let drawnTime = NaN;
  const update = (nowMs: number): void => {
    const same = state.history.newest === drawnTime && state.tab.value !== 'robots'; // paused: look again now and then only
    if (!state.plotsOpen.value || nowMs - drawnAt < (same ? kRestMs : kEveryMs)) return;
    drawnAt = nowMs;
    drawnTime = state.history.newest;
    tabs.find((tab) => tab.name === state.tab.value)?.update();
  };
  return { box, update };
}

function moveFocus(event: KeyboardEvent, heads: HTMLElement[]): void {
  const step = event.key === 'ArrowRight' ? 1 : event.key === 'ArrowLeft' ? -1 : 0;
  const at = heads.indexOf(document.activeElement as HTMLElement);
  if (!step || at < 0) return;
  const next = heads[(at + step + heads.length) % heads.length];
  next.focus();
  next.click();
  event.preventDefault();
}
