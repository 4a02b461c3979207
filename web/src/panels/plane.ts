// The torque-speed plane on a canvas: the region a drive reaches, what it can hold for ever, and operating points, the newest darkest.
// Reads: limits, columns of speed (rad/s) and torque (N·m). Draws all four quadrants: in two of them the joint brakes.

import { number } from '../format.ts';
import { t } from '../i18n/index.ts';
import { torqueAt, type Limits } from './drive_limits.ts';

export const kPeakColor = '#2563eb';
export const kHeldColor = '#0f9d76';
export const kPointColor = '#e8590c';
const kInk = '#66717f';
const kGrid = 'rgba(30, 45, 65, 0.09)';
const kAxis = 'rgba(30, 45, 65, 0.35)';
const kFont = '10.5px "Inter Variable", system-ui, "PingFang SC", "Microsoft YaHei", sans-serif';
const kRoom = { left: 44, right: 12, top: 12, bottom: 32 };
const kFades = 6; // shades of age

interface View {
  x(speed: number): number;
  y(torque: number): number;
  speed: number; // what the axes reach
  torque: number;
}

export function drawPlane(canvas: HTMLCanvasElement, limits: Limits | null, speed: Float64Array, torque: Float64Array, some: boolean): void {
  const width = canvas.clientWidth;
  const height = canvas.clientHeight;
  const pen = canvas.getContext('2d');
  if (!pen || width < 60) return; // not on screen
  const scale = window.devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * scale) || canvas.height !== Math.round(height * scale)) {
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
  }
  pen.setTransform(scale, 0, 0, scale, 0, 0);
  pen.clearRect(0, 0, width, height);
  if (!some) return;
  const view = makeView(limits, speed, torque, width, height);
  drawGrid(pen, view, width, height);
  pen.save();
  pen.beginPath();
  pen.rect(kRoom.left, kRoom.top, width - kRoom.left - kRoom.right, height - kRoom.top - kRoom.bottom);
  pen.clip();
  if (limits) drawRegion(pen, view, limits);
  drawPoints(pen, view, speed, torque);
  pen.restore();
}

/** Far enough for the region and for the points, which may lie outside it; steady from moment to moment. */
function makeView(limits: Limits | null, speed: Float64Array, torque: Float64Array, width: number, height: number): View {
  let fast = 0;
  let strong = 0;
  for (let i = 0; i < speed.length; i++) {
    fast = Math.max(fast, Math.abs(speed[i]));
    strong = Math.max(strong, Math.abs(torque[i]));
  }
  const mostSpeed = limits && Number.isFinite(limits.speed) ? Math.max(1.08 * limits.speed, 1.05 * fast) : roundUp(1.2 * Math.max(fast, 1));
  const mostTorque = limits ? Math.max(1.12 * limits.torque, 1.05 * strong) : roundUp(1.2 * Math.max(strong, 1));
  const w = width - kRoom.left - kRoom.right;
  const h = height - kRoom.top - kRoom.bottom;
  return {
    x: (value) => kRoom.left + (w / 2) * (1 + value / mostSpeed), y: (value) => kRoom.top + (h / 2) * (1 - value / mostTorque),
    speed: mostSpeed, torque: mostTorque,
  };
}

/** 1, 2 or 5 times a power of ten: no less than `value`. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * ([1, 2, 5, 10].find((step) => step * power >= value * (1 - 1e-9)) ?? 10);
}

function drawGrid(pen: CanvasRenderingContext2D, view: View, width: number, height: number): void {
  pen.font = kFont;
  pen.lineWidth = 1;
  const right = width - kRoom.right;
  const bottom = height - kRoom.bottom;
  const ticks = (most: number, draw: (value: number, text: string) => void): void => {
    const step = roundUp(most / 3.2);
    const digits = step >= 1 ? 0 : step >= 0.1 ? 1 : 2;
    for (let k = -Math.floor(most / step); k <= Math.floor(most / step); k++) draw(k * step, number(k * step, digits));
  };
  const line = (x0: number, y0: number, x1: number, y1: number, color: string): void => {
    pen.strokeStyle = color;
    pen.beginPath();
    pen.moveTo(x0, y0);
    pen.lineTo(x1, y1);
    pen.stroke();
  };
  pen.fillStyle = kInk;
  pen.textAlign = 'center';
  pen.textBaseline = 'top';
  ticks(view.speed, (value, text) => {
    line(view.x(value), kRoom.top, view.x(value), bottom, value === 0 ? kAxis : kGrid);
    pen.fillText(text, view.x(value), bottom + 4);
  });
  pen.fillText(t('motors_axis_speed'), (kRoom.left + right) / 2, bottom + 18);
  pen.textAlign = 'right';
  pen.textBaseline = 'middle';
  ticks(view.torque, (value, text) => {
    line(kRoom.left, view.y(value), right, view.y(value), value === 0 ? kAxis : kGrid);
    pen.fillText(text, kRoom.left - 6, view.y(value));
  });
  pen.save();
  pen.translate(9, (kRoom.top + bottom) / 2);
  pen.rotate(-Math.PI / 2);
  pen.textAlign = 'center';
  pen.fillText(t('motors_axis_torque'), 0, 0);
  pen.restore();
}

/** The outline of the upper half, from braking to driving, and its mirror image below. */
function outline(limits: Limits, torque: (speed: number) => number, most: number): [number, number][] {
  const fastest = Number.isFinite(limits.speed) ? limits.speed : most;
  const driving = limits.sheet ? limits.curve.map(([speed]): [number, number] => [speed, torque(speed)]) : [[0, torque(0)], [fastest, torque(0)]] as [number, number][];
  const upper: [number, number][] = [[-fastest, torque(0)], ...driving];
  return [...upper, ...upper.map(([x, y]): [number, number] => [-x, -y])];
}

function drawRegion(pen: CanvasRenderingContext2D, view: View, limits: Limits): void {
  const draw = (points: [number, number][], color: string, fill: string, dash: number[]): void => {
    pen.beginPath();
    points.forEach(([x, y], i) => (i ? pen.lineTo(view.x(x), view.y(y)) : pen.moveTo(view.x(x), view.y(y))));
    pen.closePath();
    pen.fillStyle = fill;
    pen.fill();
    pen.setLineDash(dash);
    pen.strokeStyle = color;
    pen.lineWidth = 1.6;
    pen.stroke();
    pen.setLineDash([]);
  };
  draw(outline(limits, (speed) => torqueAt(limits, speed), 2 * view.speed), kPeakColor, 'rgba(37, 99, 235, 0.06)', []);
  if (!limits.curve.some(([, , held]) => held > 0)) return;
  const held = (speed: number): number => limits.curve.find(([at]) => at >= speed)?.[2] ?? 0;
  draw(outline(limits, held, 2 * view.speed), kHeldColor, 'rgba(15, 157, 118, 0.08)', [5, 4]);
}

function drawPoints(pen: CanvasRenderingContext2D, view: View, speed: Float64Array, torque: Float64Array): void {
  pen.fillStyle = kPointColor;
  for (let fade = 0; fade < kFades; fade++) {
    pen.globalAlpha = 0.12 + (0.6 * fade) / (kFades - 1);
    const end = Math.round((speed.length * (fade + 1)) / kFades);
    pen.beginPath();
    for (let i = Math.round((speed.length * fade) / kFades); i < end; i++) {
      const x = view.x(speed[i]);
      const y = view.y(torque[i]);
      pen.moveTo(x + 1.7, y);
      pen.arc(x, y, 1.7, 0, 2 * Math.PI);
    }
    pen.fill();
  }
  pen.globalAlpha = 1;
  const last = speed.length - 1;
  if (last < 0) return;
  pen.beginPath();
  pen.arc(view.x(speed[last]), view.y(torque[last]), 4, 0, 2 * Math.PI);
  pen.fill();
  pen.strokeStyle = '#fff';
  pen.lineWidth = 1.5;
  pen.stroke();
}
