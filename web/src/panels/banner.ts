// What went wrong, said clearly at the top of the page: the server's errors, a lost server, a broken shape.

import { el, icon, iconButton, write } from '../dom.ts';
import { language } from '../i18n/index.ts';
import type { Notice, State } from '../state.ts';

export function makeBanners(state: State): HTMLElement {
  const box = el('div', { class: 'banners', attrs: { 'aria-live': 'assertive' } });
  const rows = new Map<Notice, { row: HTMLElement; text: HTMLElement }>();
  const rename = (): void => {
    for (const [notice, { text }] of rows) write(text, notice.text());
  };
  state.notices.watch((notices) => {
    for (const [notice, { row }] of rows) {
      if (notices.includes(notice)) continue;
      row.remove();
      rows.delete(notice);
    }
    for (const notice of notices) {
      if (rows.has(notice)) continue;
      const text = el('span', { class: 'banner-text' });
      const row = el('div', { class: `banner ${notice.kind}`, attrs: { role: 'alert', 'data-notice': notice.id } },
        icon(notice.kind === 'info' ? 'ok' : 'warn'), text);
      if (notice.kind === 'error') row.append(iconButton('close', 'dismiss', () => state.dismiss(notice.id)));
      rows.set(notice, { row, text });
      box.append(row);
    }
    rename();
  });
  language.onChange(rename);
  window.setInterval(() => state.connection.value === 'lost' && rename(), 250); // the countdown
  return box;
}
