// The page's language: a signal, the texts, and elements that follow a change by themselves.
// Kept in localStorage; the first visit takes the browser's language.

import { Signal } from '../signal.ts';
import { en, type TextKey } from './en.ts';
import { zh } from './zh.ts';

export type Language = 'en' | 'zh';
export type { TextKey } from './en.ts';

const kStorageKey = 'manybody.language';
const kTexts = { en, zh };

function firstLanguage(): Language {
  const kept = readStored(kStorageKey);
  if (kept === 'en' || kept === 'zh') return kept;
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en';
}

function readStored(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage is switched off: the page works without it
  }
}

export const language = new Signal<Language>(firstLanguage());

export function setLanguage(next: Language): void {
  try {
    localStorage.setItem(kStorageKey, next);
  } catch {
    // not kept, still switched
  }
  language.set(next);
}

export type Params = Record<string, string | number>;

export function t(key: TextKey, params?: Params): string {
  const text = kTexts[language.value][key];
  return params ? text.replace(/\{(\w+)\}/g, (whole, name: string) => (name in params ? String(params[name]) : whole)) : text;
}

/** The text of `prefix + name` when the dictionary has one, otherwise `name` as it came. */
export function tName(prefix: string, name: string): string {
  const key = `${prefix}${name.toLowerCase().replace(/[^a-z0-9]+/g, '_')}`;
  return Object.hasOwn(en, key) ? t(key as TextKey) : name;
}

/** Keeps `element`'s text (or accessible name and tooltip) in the page's language. */
export function bindText(element: Element, key: TextKey): void {
  element.setAttribute('data-text', key);
  element.textContent = t(key);
}

export function bindLabel(element: Element, key: TextKey): void {
  element.setAttribute('data-label', key);
  setLabel(element, t(key));
}

export function setLabel(element: Element, label: string): void {
  element.setAttribute('aria-label', label);
  element.setAttribute('title', label);
}

language.watch((now) => {
  document.documentElement.lang = now === 'zh' ? 'zh-CN' : 'en';
  document.title = t('title');
  for (const element of document.querySelectorAll('[data-text]')) {
    element.textContent = t(element.getAttribute('data-text') as TextKey);
  }
  for (const element of document.querySelectorAll('[data-label]')) {
    setLabel(element, t(element.getAttribute('data-label') as TextKey));
  }
});
