// The few helpers that build the page's elements. Texts and labels follow the language by themselves.

import { bindLabel, bindText, type TextKey } from './i18n/index.ts';
import { kIcons, type IconName } from './icons.ts';

export interface Options {
  class?: string;
  text?: TextKey;
  label?: TextKey;
  attrs?: Record<string, string>;
  on?: Partial<{ [K in keyof HTMLElementEventMap]: (event: HTMLElementEventMap[K]) => void }>;
}

export function el<K extends keyof HTMLElementTagNameMap>(
  tag: K, options: Options = {}, ...children: (Node | string)[]
): HTMLElementTagNameMap[K] {
  const element = document.createElement(tag);
  if (options.class) element.className = options.class;
  if (options.text) bindText(element, options.text);
  if (options.label) bindLabel(element, options.label);
  for (const [name, value] of Object.entries(options.attrs ?? {})) element.setAttribute(name, value);
  for (const [name, listener] of Object.entries(options.on ?? {})) {
    element.addEventListener(name, listener as EventListener);
  }
  element.append(...children);
  return element;
}

export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg');
  svg.setAttribute('viewBox', '0 0 24 24');
  svg.setAttribute('class', 'icon');
  svg.setAttribute('aria-hidden', 'true');
  for (const d of kIcons[name]) {
    const path = document.createElementNS('http://www.w3.org/2000/svg', 'path');
    path.setAttribute('d', d);
    svg.append(path);
  }
  return svg;
}

export function swapIcon(button: Element, name: IconName): void {
  button.querySelector('svg')?.replaceWith(icon(name));
}

export function iconButton(name: IconName, label: TextKey, press: () => void, extra: Options = {}): HTMLButtonElement {
  const button = el('button', { ...extra, class: `icon-button ${extra.class ?? ''}`, label }, icon(name));
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}

export function textButton(text: TextKey, press: () => void, cls = ''): HTMLButtonElement {
  const button = el('button', { class: `button ${cls}` }, el('span', { text }));
  button.type = 'button';
  button.addEventListener('click', press);
  return button;
}

/** Writes only when the text differs: layout is not touched for nothing. */
export function write(element: Element, text: string): void {
  if (element.textContent !== text) element.textContent = text;
}

export function setPressed(button: Element, on: boolean): void {
  button.setAttribute('aria-pressed', String(on));
}

/** A mouse click leaves the focus on the button, where Space would press it again instead of stopping the robot. */
export function releaseFocusAfterPointer(root: HTMLElement): void {
  root.addEventListener('pointerup', () => {
    const focused = document.activeElement;
    if (focused instanceof HTMLButtonElement) requestAnimationFrame(() => focused.blur());
  });
}
