// The conversation: what was said, what the robot answered, its plan as a checklist that follows what it does.
// Reads: state.talks, state.world. Writes: `say` messages. Typed or, where the browser can, spoken.

import { el, iconButton, releaseFocusAfterPointer, setPressed, textButton, write } from '../dom.ts';
import { bindLabel, language, setLabel, t } from '../i18n/index.ts';
import { saysStop, Speech } from '../input/speech.ts';
import type { TalkMessage, TalkStep } from '../protocol.ts';
import type { Send, State } from '../state.ts';
import './chat.css';

const kShown = 12; // exchanges
const kMarks: Record<TalkStep['state'], string> = { waiting: '○', running: '◐', done: '✓', failed: '✕', stopped: '■', refused: '⊘' };

export function makeChat(state: State, send: Send): HTMLElement {
  const say = (text: string): void => {
    const words = text.trim();
    if (!words) return;
    if (saysStop(words)) speech.hush();
    const whom = state.view.value === 'stage' ? state.whom.value : undefined;
    if (!send({ type: 'say', text: words, ...(whom === undefined ? {} : { robot: whom }) })) {
      state.notify({ id: 'say', kind: 'error', text: () => t('chat_not_sent'), lastsMs: 4000 });
    }
  };
  const speech = new Speech(say, (why) => state.notify({ id: 'speech', kind: 'error', text: () => t('chat_speech_failed', { why }), lastsMs: 6000 }));
  const log = el('div', { class: 'chat-log', label: 'chat_log', attrs: { role: 'log', 'aria-live': 'polite', tabindex: '0' } });
  log.removeAttribute('title');
  const input = el('input', { class: 'chat-input', label: 'chat_say', attrs: { id: 'chat-input', type: 'text', maxlength: '1000', autocomplete: 'off', enterkeyhint: 'send' } });
  input.removeAttribute('title');
  language.watch(() => (input.placeholder = t('chat_hint')));
  const form = el('form', { class: 'chat-form', on: { submit: (event) => {
    event.preventDefault();
    say(input.value);
    input.value = '';
  } } }, input, ...(speech.canHear ? [pushToTalk(speech)] : []), iconButton('send', 'chat_send', () => form.requestSubmit()));
  const stop = textButton('stop', () => say(language.value === 'zh' ? '停' : 'stop'), 'stop');
  stop.dataset.action = 'chat-stop';
  const interim = el('div', { class: 'chat-interim', attrs: { hidden: '' } });
  speech.interim.watch((text) => {
    interim.hidden = !text;
    write(interim, text);
  });
  const box = el('section', { class: 'chat card', label: 'chat', attrs: { 'data-testid': 'chat' } },
    el('header', { class: 'chat-head' }, el('h2', { text: 'chat' }), ...options(speech), stop), log, interim, suggestions(state, say), form);
  box.removeAttribute('title');
  releaseFocusAfterPointer(box);
  state.chatOpen.watch((open) => (box.hidden = !open));
  followTalks(state, log, speech);
  return box;
}

function pushToTalk(speech: Speech): HTMLButtonElement {
  const button = iconButton('microphone', 'chat_push_to_talk', () => undefined, { class: 'chat-microphone', attrs: { 'data-action': 'push-to-talk' } });
  button.addEventListener('pointerdown', () => speech.hold(true));
  for (const end of ['pointerup', 'pointerleave', 'pointercancel'] as const) button.addEventListener(end, () => speech.hold(false));
  speech.listening.watch((on) => setPressed(button, on));
  return button;
}

function options(speech: Speech): HTMLElement[] {
  const out: HTMLElement[] = [];
  if (speech.canHear) {
    const free = textButton('chat_hands_free', () => speech.setHandsFree(!speech.handsFree.value), 'toggle');
    speech.handsFree.watch((on) => setPressed(free, on));
    out.push(free);
  }
  if (speech.canSpeak) {
    const aloud = textButton('chat_aloud', () => {
      speech.speaking.set(!speech.speaking.value);
      speech.hush();
    }, 'toggle');
    speech.speaking.watch((on) => setPressed(aloud, on));
    out.push(aloud);
  }
  return out;
}

/** A few things to say, with what stands on the stage. */
function suggestions(state: State, say: (text: string) => void): HTMLElement {
  const box = el('div', { class: 'chat-suggestions' });
  const fill = (): void => {
    const zh = language.value === 'zh';
    const place = state.world.value.find((item) => item.group === 'place');
    const name = zh ? (place?.aliases.find((alias) => /[\u4e00-\u9fff]/.test(alias)) ?? place?.name) : place?.name;
    const texts = [t('chat_try_wave'), t('chat_try_walk'), ...(name ? [t('chat_try_go', { name })] : []), t('chat_try_can')];
    box.replaceChildren(...texts.map((text) => {
      const button = el('button', { class: 'chip' }, text);
      button.type = 'button';
      button.addEventListener('click', () => say(text));
      return button;
    }));
  };
  state.world.watch(fill);
  language.onChange(fill);
  state.talks.watch((talks) => (box.hidden = talks.length > 0));
  return box;
}

function followTalks(state: State, log: HTMLElement, speech: Speech): void {
  const entries = new Map<number, Entry>();
  const startedMs = performance.now();
  const show = (talks: TalkMessage[]): void => {
    const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < 40;
    const recent = talks.slice(-kShown);
    for (const [id, entry] of entries) if (!recent.some((talk) => talk.id === id)) (entry.box.remove(), entries.delete(id));
    for (const talk of recent) {
      let entry = entries.get(talk.id);
      if (!entry) {
        entry = new Entry();
        entries.set(talk.id, entry);
        log.append(entry.box);
      }
      entry.show(talk, performance.now() - startedMs > 1500 ? speech : null);
    }
    if (atEnd) log.scrollTop = log.scrollHeight;
  };
  state.talks.watch(show);
  language.onChange(() => show(state.talks.value));
}

class Entry {
  private readonly heard = el('p', { class: 'chat-heard' });
  private readonly reply = el('p', { class: 'chat-reply' });
  private readonly plan = el('ol', { class: 'chat-plan' });
  private readonly note = el('p', { class: 'chat-note' });
  readonly box = el('article', { class: 'chat-entry' }, this.heard, this.reply, this.plan, this.note);
  private answered = false;
  private spoken = 0;

  /** speech: says what is new; null: what was said before this page came. */
  show(talk: TalkMessage, speech: Speech | null): void {
    write(this.heard, talk.heard);
    write(this.reply, talk.answered ? talk.reply : '…');
    this.reply.lang = this.heard.lang = talk.language === 'zh' ? 'zh-CN' : 'en';
    this.box.dataset.kind = talk.kind;
    this.plan.replaceChildren(...talk.plan.map((step) => this.step(step, talk.plan)));
    const parts = talk.answered && talk.kind === 'plan' ? [t('chat_confidence', { percent: String(Math.round(100 * talk.confidence)) })] : [];
    if (talk.brain === 'remote') parts.push(t('chat_remote'));
    if (talk.from === 'http') parts.push('HTTP');
    write(this.note, parts.join(' · '));
    if (talk.answered && !this.answered && talk.kind !== 'stop') speech?.say(talk.reply, talk.language);
    if (talk.kind === 'stop') speech?.hush();
    this.answered = talk.answered;
    for (; this.spoken < talk.spoken.length; this.spoken++) speech?.say(talk.spoken[this.spoken].text, talk.language);
  }

  private step(step: TalkStep, plan: TalkStep[]): HTMLElement {
    const several = plan.some((other) => other.robot !== step.robot);
    const mark = el('span', { class: 'chat-mark', attrs: { role: 'img' } }, kMarks[step.state]);
    bindLabel(mark, `chat_${step.state}`);
    setLabel(mark, t(`chat_${step.state}`));
    const text = (several ? `${step.robot}: ` : '') + step.label + (step.reason && step.state !== 'done' ? ` — ${step.reason}` : '');
    return el('li', { attrs: { 'data-state': step.state, 'data-skill': step.skill } }, mark, el('span', {}, text));
  }
}
