import assert from 'node:assert/strict';
import { test } from 'node:test';
import { en } from '../../src/i18n/en.ts';
import { zh } from '../../src/i18n/zh.ts';

const holes = (text: string): string[] => [...text.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

test('both languages have the same texts with the same blanks to fill', () => {
  assert.deepEqual(Object.keys(zh).sort(), Object.keys(en).sort());
  for (const key of Object.keys(en) as (keyof typeof en)[]) {
    assert.ok(en[key].length > 0 && zh[key].length > 0, key);
    assert.deepEqual(holes(zh[key]), holes(en[key]), key);
  }
});

test('every Chinese text is Chinese, but for units and names', () => {
  const kSame = new Set(['push_force', 'motors_sheet']);
  for (const key of Object.keys(zh) as (keyof typeof zh)[]) {
    if (!kSame.has(key)) assert.match(zh[key], /[\u4e00-\u9fff]/, key);
  }
});
