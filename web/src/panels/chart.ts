// One time chart (uPlot) with the page's look and a legend whose numbers follow the newest value or the pointer.
// Reads: a time column and one column a series. Writes: a canvas and the legend above it.

import uPlot from 'uplot';
import { el, write } from '../dom.ts';
import { number, quantity } from '../format.ts';

export interface SeriesSpec {
  label: () => string;
  color: string;
  dash?: boolean;
  width?: number;
  quiet?: boolean; // no legend entry
}

export interface ChartSpec {
  title: () => string;
  unit: string;
  height: number;
  digits?: number;
  /** The least the y axis spans, and values it must contain. */
  span?: number;
  include?: number[];
  xValue?: (value: number) => string;
}

export type Column = ArrayLike<number>;

const kFont = '10.5px "Inter Variable", system-ui, "PingFang SC", "Microsoft YaHei", sans-serif';
const kInk = '#66717f';
const kGrid = 'rgba(30, 45, 65, 0.08)';

export class Chart {
  readonly box = el('figure', { class: 'chart' });
  private readonly title = el('figcaption', { class: 'chart-title' });
  private readonly legend = el('div', { class: 'chart-legend' });
  private readonly holder = el('div', { class: 'chart-plot' });
  private entries: { name: HTMLElement; value: HTMLElement; spec: SeriesSpec; column: number }[] = [];
  private plot: uPlot | null = null;
  private series: SeriesSpec[] = [];
  private key = '';
  private data: uPlot.AlignedData = [[]];
  private window: [number, number] = [0, 1];
  points = 0;

  constructor(private readonly spec: ChartSpec) {
    this.box.append(el('div', { class: 'chart-head' }, this.title, this.legend), this.holder);
    this.holder.style.height = `${spec.height}px`;
    new ResizeObserver(() => this.resize()).observe(this.holder);
  }

  setSeries(series: SeriesSpec[]): void {
    const key = series.map((one) => `${one.color}${one.dash ?? ''}${one.width ?? ''}`).join();
    this.series = series;
    if (key !== this.key) {
      this.key = key;
      this.plot?.destroy();
      this.plot = null;
    }
    this.makeLegend();
  }

  /** Takes the columns as they are (no copy) and draws the x window given. */
  draw(time: Column, columns: Column[], window: [number, number]): void {
    this.data = [time, ...columns] as unknown as uPlot.AlignedData;
    this.window = window;
    this.points = time.length;
    if (!this.plot) this.make();
    this.plot?.setData(this.data, false);
    this.plot?.batch(() => {
      this.plot?.setScale('x', { min: window[0], max: window[1] });
    });
    this.showValues();
  }

  private make(): void {
    const width = this.holder.clientWidth;
    if (width < 40) return; // not on screen
    const { unit } = this.spec;
    this.plot = new uPlot({
      width,
      height: this.spec.height,
      padding: [6, 14, 0, 0],
      legend: { show: false },
      cursor: { drag: { x: false, y: false }, y: false, points: { size: 6 } },
      scales: {
        x: { time: false, range: () => this.window },
        y: { range: (_plot, low, high) => this.yRange(low, high) },
      },
      axes: [
        { stroke: kInk, font: kFont, size: 20, gap: 3, space: 44, ticks: { show: false }, grid: { show: false },
          values: (_plot, ticks) => ticks.map(this.spec.xValue ?? ((tick) => quantity(tick, 's', 0))) },
        { stroke: kInk, font: kFont, size: 46, gap: 4, space: 20, ticks: { show: false }, grid: { stroke: kGrid, width: 1 },
          values: (_plot, ticks) => ticks.map((tick) => number(tick, tickDigits(ticks))), label: undefined },
      ],
      series: [{}, ...this.series.map((one) => ({
        stroke: one.color, width: one.width ?? 1.6, dash: one.dash ? [5, 4] : undefined, points: { show: false }, value: unit,
      }))],
      hooks: { setCursor: [() => this.showValues()] },
    }, this.data, this.holder);
  }

  private yRange(low: number | null, high: number | null): [number, number] {
    let from = Math.min(low ?? 0, ...(this.spec.include ?? []));
    let to = Math.max(high ?? 0, ...(this.spec.include ?? []));
    if (low === null && !this.spec.include) [from, to] = [0, 1];
    const missing = Math.max(0, (this.spec.span ?? 1e-3) - (to - from));
    const room = 0.08 * (to - from + missing);
    return [from - missing / 2 - room, to + missing / 2 + room];
  }

  private makeLegend(): void {
    this.entries = [];
    this.legend.replaceChildren();
    this.series.forEach((spec, i) => {
      if (spec.quiet) return;
      const swatch = el('span', { class: spec.dash ? 'swatch dash' : 'swatch' });
      swatch.style.color = spec.color;
      const name = el('span', { class: 'legend-name' });
      const value = el('span', { class: 'legend-value' });
      this.entries.push({ name, value, spec, column: i + 1 });
      this.legend.append(el('span', { class: 'legend-item' }, swatch, name, value));
    });
    this.rename();
  }

  rename(): void {
    write(this.title, this.spec.title());
    for (const entry of this.entries) write(entry.name, entry.spec.label());
  }

  private showValues(): void {
    const last = this.data[0].length - 1;
    const at = this.plot?.cursor.idx ?? last;
    for (const entry of this.entries) {
      const value = this.data[entry.column]?.[Math.min(at, last)];
      write(entry.value, value === undefined || value === null ? '–' : quantity(value, this.spec.unit, this.spec.digits ?? 2));
    }
  }

  private resize(): void {
    const width = this.holder.clientWidth;
    if (this.plot && width >= 40 && width !== this.plot.width) this.plot.setSize({ width, height: this.spec.height });
  }
}

/** As few digits as tell the ticks apart: 0.25 needs two although it is more than 0.1. */
function tickDigits(ticks: number[]): number {
  const step = ticks.length > 1 ? Math.abs(ticks[1] - ticks[0]) : Math.abs(ticks[0] ?? 1);
  for (let digits = 0; digits < 6 && step > 0; digits++) {
    const scaled = step * 10 ** digits;
    if (Math.abs(scaled - Math.round(scaled)) < 1e-6 * scaled) return digits;
  }
  return step > 0 ? 6 : 0;
}

/** Colours that stay apart for colour-blind eyes too; used in this order and then again. */
export const kLineColors = ['#2563eb', '#e8590c', '#0f9d76', '#9333ea', '#d6336c', '#0891b2', '#a16207', '#475569'];
export const kCommandColor = '#8a94a3';
export const kMeasuredColor = '#2563eb';

export function lineColor(index: number): string {
  return kLineColors[index % kLineColors.length];
}
