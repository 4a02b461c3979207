// Learning curves: one small chart a curve, every curve the server sends. Names with a slash form groups; the groups
// that say whether it learns are open, the others show how many curves they hold and open with a click.

import { el, write } from '../dom.ts';
import { count } from '../format.ts';
import { t, tName } from '../i18n/index.ts';
import type { TrainView } from '../state.ts';
import { Chart, lineColor } from './chart.ts';

const kOpen = new Set(['', 'train', 'eval']);

interface Group {
  name: string;
  title: HTMLElement;
  charts: Map<string, Chart>;
}

export function makeCurves() {
  const box = el('div', { class: 'curves' });
  const empty = el('p', { class: 'note', text: 'no_curves' });
  let groups: Group[] = [];
  let train: TrainView | null = null;
  let key = '';
  let drawn = '';

  const rename = (): void => {
    for (const group of groups) {
      write(group.title, t('curves_more', { group: tName('group_', group.name), n: group.charts.size }));
      for (const chart of group.charts.values()) chart.rename();
    }
  };
  const set = (next: TrainView | null): void => {
    const names = Object.keys(next?.curves ?? {});
    const now = `${next?.run}/${names.join()}`;
    train = next;
    drawn = '';
    if (now === key) return;
    key = now;
    groups = makeGroups(names);
    box.replaceChildren(...groups.map((group) => groupBox(group, () => (drawn = ''))));
    if (next && !names.length) box.append(empty);
    rename();
  };
  const draw = (): void => {
    if (!train) return;
    const now = `${key}/${train.steps}/${box.clientWidth}`;
    if (now === drawn || !box.clientWidth) return;
    drawn = now;
    const window: [number, number] = [0, Math.max(1, train.steps_total || train.steps)];
    for (const group of groups) {
      for (const [name, chart] of group.charts) {
        if (!chart.box.clientWidth) continue; // in a closed group
        const points = train.curves[name] ?? [];
        chart.draw(points.map(([step]) => step), [points.map(([, value]) => value)], window);
      }
    }
  };
  const points = (): number => Object.values(train?.curves ?? {}).reduce((sum, curve) => sum + curve.length, 0);
  return { box, set, draw, points, rename };
}

function makeGroups(names: string[]): Group[] {
  const groups = new Map<string, Group>();
  names.forEach((name) => {
    const prefix = name.includes('/') ? name.slice(0, name.indexOf('/')) : '';
    if (!groups.has(prefix)) groups.set(prefix, { name: prefix, title: el('summary'), charts: new Map() });
    const { charts } = groups.get(prefix)!;
    charts.set(name, makeChart(name, charts.size));
  });
  return [...groups.values()].sort((a, b) => Number(kOpen.has(b.name)) - Number(kOpen.has(a.name)));
}

function groupBox(group: Group, opened: () => void): HTMLElement {
  const charts = [...group.charts.values()].map((chart) => chart.box);
  if (!group.name) return el('div', { class: 'curve-group' }, ...charts);
  const details = el('details', { class: 'curve-group' }, group.title, ...charts);
  details.open = kOpen.has(group.name);
  details.addEventListener('toggle', opened);
  return details;
}

function makeChart(name: string, index: number): Chart {
  const title = (): string => {
    const known = tName('curve_', name);
    if (known !== name) return known;
    const last = name.slice(name.indexOf('/') + 1);
    const term = name.startsWith('reward/') ? tName('term_', last) : last;
    return term.replace(/_/g, ' ');
  };
  const chart = new Chart({ title, unit: '', digits: 3, height: 96, xValue: (steps) => count(steps) });
  chart.setSeries([{ label: () => '', color: lineColor(index), width: 2 }]);
  return chart;
}
