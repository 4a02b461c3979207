// The last seconds of everything measured, column by column, ready to plot without copying.
// Reads: frames in order of simulated time. Writes: columns of doubles; `view` returns windows on them.
// Method: arrays twice the capacity, so the last `capacity` rows always lie in one piece; no allocation per row.

import { kJointFloats, type Frame } from './protocol.ts';

export const kHistorySeconds = 12;
const kCapacity = kHistorySeconds * 60;

export class History {
  private columns: Float64Array<ArrayBuffer>[] = [];
  private end = 0;
  private joints = 0;
  private rewards = 0;
  private lastTime = -1;

  get rows(): number {
    return Math.min(this.end, kCapacity);
  }

  get newest(): number {
    return this.end ? this.lastTime : 0;
  }

  get jointCount(): number {
    return this.joints;
  }

  get rewardCount(): number {
    return this.rewards;
  }

  clear(): void {
    this.end = 0;
    this.lastTime = -1;
  }

  add(frame: Frame): void {
    if (frame.jointCount !== this.joints || frame.rewardCount !== this.rewards || !this.columns.length) this.shape(frame);
    if (frame.simTime < this.lastTime) this.clear(); // a reset: the old curve belongs to another attempt
    if (frame.simTime === this.lastTime) return; // paused
    this.lastTime = frame.simTime;
    if (this.end === 2 * kCapacity) {
      for (const column of this.columns) column.copyWithin(0, kCapacity);
      this.end = kCapacity;
    }
    this.write(frame, this.end++);
  }

  private write(frame: Frame, row: number): void {
    let c = 0;
    this.columns[c++][row] = frame.simTime;
    for (let i = 0; i < 3; i++) this.columns[c++][row] = frame.command[i];
    for (let i = 0; i < 3; i++) this.columns[c++][row] = frame.measured[i];
    for (let i = 0; i < 4; i++) this.columns[c++][row] = frame.gait[i];
    for (let j = 0; j < this.joints; j++) {
      for (let k = 0; k < kJointFloats; k++) this.columns[c++][row] = frame.joints[j * kJointFloats + k];
    }
    for (let i = 0; i < this.rewards; i++) this.columns[c++][row] = frame.rewards[i];
  }

  private shape(frame: Frame): void {
    this.joints = frame.jointCount;
    this.rewards = frame.rewardCount;
    const needed = 1 + 6 + 4 + kJointFloats * this.joints + this.rewards;
    this.columns = Array.from({ length: needed }, () => new Float64Array(2 * kCapacity));
    this.clear();
  }

  private view(column: number): Float64Array {
    const data = this.columns[column];
    return data ? data.subarray(Math.max(0, this.end - kCapacity), this.end) : new Float64Array(0);
  }

  time(): Float64Array {
    return this.view(0);
  }
  command(axis: number): Float64Array {
    return this.view(1 + axis);
  }
  measured(axis: number): Float64Array {
    return this.view(4 + axis);
  }
  gait(index: number): Float64Array {
    return this.view(7 + index);
  }
  /** field: 0 position, 1 velocity, 2 torque, 3 target. */
  joint(index: number, field: number): Float64Array {
    return this.view(11 + index * kJointFloats + field);
  }
  reward(index: number): Float64Array {
    return this.view(11 + this.joints * kJointFloats + index);
  }

  /** The mean of a column over its last `seconds` of simulated time. */
  recentMean(column: Float64Array, seconds: number): number {
    const time = this.time();
    let sum = 0;
    let n = 0;
    for (let i = column.length - 1; i >= 0 && time[i] > this.lastTime - seconds; i--, n++) sum += column[i];
    return n ? sum / n : 0;
  }
}
