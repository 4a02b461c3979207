// Numbers as the page writes them, with their unit, in the page's language.

import { language } from './i18n/index.ts';

const kFormats = new Map<string, Intl.NumberFormat>();

function formatter(digits: number, signed: boolean, compact = false): Intl.NumberFormat {
  const key = `${language.value}/${digits}/${signed}/${compact}`;
  let found = kFormats.get(key);
  if (!found) {
    found = new Intl.NumberFormat(language.value === 'zh' ? 'zh-CN' : 'en', {
      minimumFractionDigits: compact ? 0 : digits,
      maximumFractionDigits: digits,
      signDisplay: signed ? 'negative' : 'auto',
      notation: compact ? 'compact' : 'standard',
    });
    kFormats.set(key, found);
  }
  return found;
}

export function number(value: number, digits = 2): string {
  return Number.isFinite(value) ? formatter(digits, true).format(value).replace('-', '−') : '–';
}

export function quantity(value: number, unit: string, digits = 2): string {
  return `${number(value, digits)}\u00a0${unit}`; // the space does not break
}

export function factor(value: number, digits = 2): string {
  return `${number(value, digits)}×`;
}

/** 1,234,567 → 1.2M or 123万. */
export function count(value: number): string {
  if (!Number.isFinite(value)) return '–';
  return value < 10000 ? formatter(0, false).format(value) : formatter(2, false, true).format(value);
}

export function percent(share: number): string {
  return `${number(100 * share, 0)} %`;
}

/** 75 → 1:15. */
export function clock(seconds: number): string {
  if (!Number.isFinite(seconds) || seconds < 0) return '–';
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  const rest = String(whole % 60).padStart(2, '0');
  if (minutes < 60) return `${minutes}:${rest}`;
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}:${rest}`;
}

const kSpeedNames = new Map([[0.125, '⅛×'], [0.25, '¼×'], [0.5, '½×'], [1, '1×'], [2, '2×'], [4, '4×']]);

export function speedName(speed: number): string {
  return kSpeedNames.get(speed) ?? factor(speed);
}
