// Reward terms: all of them as bars (mean of the last second), the chosen ones and their sum over time.

import { el, write } from '../dom.ts';
import { number } from '../format.ts';
import { kHistorySeconds } from '../history.ts';
import { language, t, tName } from '../i18n/index.ts';
import { Signal } from '../signal.ts';
import type { State } from '../state.ts';
import { Chart, lineColor, type Column, type SeriesSpec } from './chart.ts';
import type { Tab } from './plots.ts';

const kFirstShown = 3;
const kSumColor = '#8a94a3';

export function makeRewardsPlot(state: State): Tab {
  const chosen = new Signal<string[]>([]);
  const chart = new Chart({ title: () => t('rewards_title'), unit: '', digits: 3, span: 0.01, height: 190 });
  const showing = el('p', { class: 'note showing' });
  const note = el('p', { class: 'note' });
  const list = el('div', { class: 'reward-list' });
  const box = el('div', { class: 'tab-page' }, chart.box, showing, list, note);
  const names = (): string[] => state.scene.value?.rewards ?? [];
  let shown: number[] = [];
  let rows: { fill: HTMLElement; value: HTMLElement }[] = [];

  const refresh = (): void => {
    const all = names();
    shown = all.flatMap((name, i) => (chosen.value.includes(name) ? [i] : []));
    chart.setSeries([
      { label: () => t('reward_sum'), color: kSumColor, dash: true },
      ...shown.map((reward, i): SeriesSpec => ({ label: () => pretty(all[reward]), color: lineColor(i), width: 1.8 })),
    ]);
    write(showing, all.length ? `${t('showing', { shown: shown.length, total: all.length })} ${t('choose')}` : t('no_rewards'));
    write(note, all.length ? t('rewards_note', { total: all.length }) : '');
    rows = all.map(() => ({ fill: el('span', { class: 'reward-fill' }), value: el('span', { class: 'reward-value' }) }));
    list.replaceChildren(...all.map((name, i) => rewardRow(name, shown.indexOf(i), rows[i], () => toggle(name))));
  };
  const toggle = (name: string): void => {
    const now = chosen.value;
    chosen.set(now.includes(name) ? now.filter((one) => one !== name) : [...now, name]);
  };
  let key = '';
  state.scene.watch(() => {
    const now = names().join();
    if (now !== key) {
      key = now;
      chosen.set(names().slice(0, kFirstShown));
    }
    refresh();
  });
  chosen.onChange(refresh);
  language.onChange(refresh);

  let sums = new Float64Array(0);
  const update = (): void => {
    const { history } = state;
    const time = history.time();
    const count = Math.min(history.rewardCount, rows.length);
    const columns = Array.from({ length: count }, (_one, i) => history.reward(i));
    if (sums.length < time.length) sums = new Float64Array(2 * time.length);
    const sum = sums.subarray(0, time.length).fill(0);
    for (const column of columns) for (let i = 0; i < time.length; i++) sum[i] += column[i];
    const drawn: Column[] = [sum, ...shown.filter((i) => i < count).map((i) => columns[i])];
    if (drawn.length === shown.length + 1) chart.draw(time, drawn, [history.newest - kHistorySeconds + 2, history.newest]);
    showBars(rows, columns.map((column) => history.recentMean(column, 1)));
  };
  return { name: 'rewards', title: 'tab_rewards', box, update, points: () => chart.points };
}

function rewardRow(name: string, at: number, row: { fill: HTMLElement; value: HTMLElement }, toggle: () => void): HTMLElement {
  const button = el('button', { class: 'reward-row', attrs: { 'aria-pressed': String(at >= 0) } },
    el('span', { class: 'reward-dot' }), el('span', { class: 'reward-name' }, pretty(name)),
    el('span', { class: 'reward-track' }, row.fill), row.value);
  button.type = 'button';
  if (at >= 0) button.style.setProperty('--chip', lineColor(at));
  button.addEventListener('click', toggle);
  return button;
}

function showBars(rows: { fill: HTMLElement; value: HTMLElement }[], means: number[]): void {
  const most = Math.max(1e-6, ...means.map(Math.abs));
  means.forEach((mean, i) => {
    rows[i].fill.style.transform = `scaleX(${(mean / most).toFixed(3)})`; // a penalty grows to the left
    rows[i].fill.classList.toggle('penalty', mean < 0);
    write(rows[i].value, number(mean, 3));
  });
}

function pretty(name: string): string {
  const known = tName('term_', name);
  return known === name ? name.replace(/[_/]/g, ' ') : known;
}
