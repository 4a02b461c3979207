// The top bar: which robot, which policy, how the server is, the language, and the two panels that can be opened.

import { bodyOptions } from '../bodies.ts';
import { el, icon, write } from '../dom.ts';
import { factor } from '../format.ts';
import { language, setLanguage, t, type Language } from '../i18n/index.ts';
import { kOnePolicy, kPrior } from '../protocol.ts';
import type { Send, State } from '../state.ts';

export function makeTopBar(state: State, send: Send, openLearn: () => void): HTMLElement {
  return el('header', { class: 'topbar' },
    el('div', { class: 'brand' }, el('span', { class: 'brand-mark' }), el('span', { class: 'brand-name' }, 'manybody')),
    el('div', { class: 'choosers' }, viewSwitch(state, send), bodyChooser(state, send), kindBadge(state), policyChooser(state, send)),
    el('div', { class: 'spacer' }),
    el('div', { class: 'topbar-end' }, badge(state), connection(state), learnButton(openLearn), languageChooser(), chatButton(state), plotsButton(state)),
  );
}

/** The stage with everyone on it, or one robot alone: the one that was chosen there. */
function viewSwitch(state: State, send: Send): HTMLElement {
  const views = (['stage', 'single'] as const).map((view) => {
    const button = el('button', { class: 'segment', text: `view_${view}`, label: `view_${view}_note`, attrs: { 'data-view': view } });
    button.type = 'button';
    button.addEventListener('click', () => {
      const body = view === 'single' && state.view.value === 'stage' ? state.scene.value?.body : undefined;
      if (view !== state.view.value) send({ type: 'view', view, ...(body ? { body } : {}) });
    });
    return { view, button };
  });
  state.view.watch((now) => {
    for (const { view, button } of views) button.setAttribute('aria-pressed', String(view === now));
    document.body.classList.toggle('on-stage', now === 'stage');
  });
  const box = el('div', { class: 'segments views', label: 'view', attrs: { role: 'group' } }, ...views.map((one) => one.button));
  box.removeAttribute('title');
  return box;
}

function chooser(label: 'body' | 'policy' | 'language', cls: string, change: (value: string) => void) {
  const select = el('select', { label, attrs: { id: `choose-${label}` } });
  select.addEventListener('change', () => {
    change(select.value);
    select.blur(); // so that the keys steer again
  });
  const box = el('label', { class: `chooser ${cls}` }, el('span', { class: 'chooser-label', text: label }), select);
  return { box, select };
}

function bodyChooser(state: State, send: Send): HTMLElement {
  const { box, select } = chooser('body', 'chooser-body', (body) => send({ type: 'select', body }));
  const fill = (): void => {
    const now = state.scene.value?.body ?? '';
    select.replaceChildren(...bodyOptions(state.bodies.value, now));
    select.disabled = !state.bodies.value.length;
  };
  state.bodies.watch(fill);
  state.scene.onChange(fill);
  language.onChange(fill);
  state.view.watch((view) => (box.hidden = view === 'stage')); // there the table chooses
  return box;
}

function policyChooser(state: State, send: Send): HTMLElement {
  const { box, select } = chooser('policy', 'chooser-policy', (policy) => send({ type: 'select', policy }));
  const shown = (name: string): string => (name === kPrior ? t('prior_only') : name === kOnePolicy ? t('one_policy') : name);
  const fill = (): void => {
    const scene = state.scene.value;
    const names = scene?.policies ?? [];
    if (names.length) select.replaceChildren(...names.map((name) => new Option(shown(name), name, false, name === scene?.policy)));
    else select.replaceChildren(new Option(t('no_policy'), ''));
    if (scene && names.length && !names.includes(scene.policy)) {
      select.prepend(new Option(shown(scene.policy) || t('no_policy'), scene.policy, false, true)); // e.g. the checkpoint in training
    }
    select.disabled = !names.length;
    box.hidden = state.view.value === 'stage' && state.whom.value === 'all';
  };
  state.scene.watch(fill);
  state.whom.onChange(fill);
  state.view.onChange(fill);
  language.onChange(fill);
  return box;
}

/** Beside the robot's name: a body made from published figures is never taken for its maker's. */
function kindBadge(state: State): HTMLElement {
  const box = el('span', { class: 'kind-badge', attrs: { 'data-testid': 'kind' } });
  const show = (): void => {
    const kind = state.scene.value?.kind ?? 'model';
    box.hidden = kind === 'model' || (state.view.value === 'stage' && state.whom.value === 'all');
    if (kind === 'model') return;
    write(box, t(`kind_${kind}`));
    box.title = t(`kind_${kind}_note`);
  };
  state.scene.watch(show);
  state.whom.onChange(show);
  state.view.onChange(show);
  language.onChange(show);
  return box;
}

function badge(state: State): HTMLElement {
  const box = el('span', { class: 'badge', text: 'training_badge' });
  state.scene.watch((scene) => (box.hidden = scene?.mode !== 'train'));
  return box;
}

function connection(state: State): HTMLElement {
  const text = el('span', { class: 'status-text' });
  const rtf = el('span', { class: 'status-rtf' });
  const box = el('div', { class: 'status', attrs: { role: 'status', 'data-testid': 'connection' } }, el('span', { class: 'dot' }), text, rtf);
  const show = (): void => {
    const now = state.connection.value;
    box.dataset.state = now;
    write(text, t(now === 'open' ? 'connected' : now === 'lost' ? 'lost' : 'connecting'));
    const status = state.status.value;
    write(rtf, now === 'open' && status ? t('real_time', { factor: factor(status.paused ? 0 : status.rtf) }) : '');
  };
  state.connection.watch(show);
  state.status.onChange(show);
  language.onChange(show);
  return box;
}

function learnButton(open: () => void): HTMLElement {
  const button = el('button', { class: 'button primary', label: 'learn' }, icon('learn'), el('span', { text: 'learn' }));
  button.type = 'button';
  button.addEventListener('click', open);
  return button;
}

function languageChooser(): HTMLElement {
  const { box, select } = chooser('language', 'chooser-language', (value) => setLanguage(value as Language));
  select.append(new Option('中文', 'zh'), new Option('English', 'en'));
  language.watch((now) => (select.value = now));
  return box;
}

function chatButton(state: State): HTMLElement {
  const button = el('button', { class: 'icon-button', label: 'chat_show', attrs: { 'data-action': 'chat' } }, icon('talk'));
  button.type = 'button';
  button.addEventListener('click', () => state.chatOpen.set(!state.chatOpen.value));
  state.chatOpen.watch((open) => button.setAttribute('aria-pressed', String(open)));
  return button;
}

function plotsButton(state: State): HTMLElement {
  const button = el('button', { class: 'icon-button', label: 'show_plots' }, icon('plots'));
  button.type = 'button';
  button.addEventListener('click', () => state.plotsOpen.set(!state.plotsOpen.value));
  state.plotsOpen.watch((open) => button.setAttribute('aria-pressed', String(open)));
  return button;
}
