// The robots' names over their heads, as text of the page: click one to choose it. Names never cover each other.
// Method: each is placed where its robot's head is on the picture; one that would cover another moves up, at most a few lines.
// Reads: State (stage, live), the camera. Writes: one element a robot.

import { Vector3, type Camera } from 'three';
import { titleOf } from '../bodies.ts';
import { el, write } from '../dom.ts';
import { language, t } from '../i18n/index.ts';
import type { State } from '../state.ts';
import type { Cast } from './cast.ts';

interface Label {
  box: HTMLButtonElement;
  name: HTMLElement;
  note: HTMLElement;
  width: number;
  height: number;
}
interface Placed {
  id: number;
  x: number;
  y: number;
  far: number;
}

const kLines = 4;
const kSwayPx = 1.5; // a head's sway does not shake its name

export class Labels {
  readonly box = el('div', { class: 'labels' });
  private readonly labels = new Map<number, Label>();
  private readonly at = new Vector3();
  private readonly kept = new Map<number, { x: number; y: number }>();

  constructor(private readonly state: State, private readonly cast: Cast, private readonly choose: (id: number) => void) {
    state.stage.watch(() => this.refresh());
    state.view.onChange(() => this.refresh());
    state.whom.onChange(() => this.mark());
    language.onChange(() => this.refresh());
  }

  update(camera: Camera, width: number, height: number): void {
    if (!this.labels.size) return;
    const wanted: Placed[] = [];
    for (const [id, label] of this.labels) {
      const actor = this.cast.actors.get(id);
      const live = this.state.live.get(id);
      if (!actor || !live) continue;
      write(label.note, live.fallen ? t('label_fallen') : live.lead === 'returning' ? t('lead_returning') : '');
      // Over the head as it stands at home: a body that crouches or lies does not pull its name about.
      this.at.set(actor.root.x, actor.root.y, actor.height + 0.1).project(camera);
      const before = this.kept.get(id);
      let x = ((this.at.x + 1) / 2) * width;
      let y = ((1 - this.at.y) / 2) * height;
      if (before && Math.abs(before.x - x) < kSwayPx && Math.abs(before.y - y) < kSwayPx) ({ x, y } = before);
      this.kept.set(id, { x, y });
      if (this.at.z < 1) wanted.push({ id, x, y, far: this.at.z });
      else label.box.hidden = true;
    }
    this.place(wanted);
  }

  /** The nearest first; each takes the lowest free place above its head. */
  private place(wanted: Placed[]): void {
    wanted.sort((a, b) => a.far - b.far);
    const taken: { left: number; right: number; top: number; bottom: number }[] = [];
    for (const { id, x, y } of wanted) {
      const label = this.labels.get(id)!;
      const half = label.width / 2 + 2;
      let bottom = y;
      for (let line = 0; line < kLines; line++) {
        const hit = taken.filter((o) => x - half < o.right && x + half > o.left && bottom - label.height < o.bottom && bottom > o.top);
        if (!hit.length) break;
        bottom = Math.min(...hit.map((o) => o.top)) - 1;
      }
      taken.push({ left: x - half, right: x + half, top: bottom - label.height, bottom });
      label.box.hidden = false;
      label.box.style.transform = `translate(${(x - label.width / 2).toFixed(1)}px, ${(bottom - label.height).toFixed(1)}px)`;
    }
  }

  private refresh(): void {
    const robots = this.state.view.value === 'stage' ? (this.state.stage.value?.robots ?? []) : [];
    const ids = new Set(robots.map((robot) => robot.id));
    for (const [id, label] of this.labels) {
      if (ids.has(id)) continue;
      label.box.remove();
      this.labels.delete(id);
      this.kept.delete(id);
    }
    for (const robot of robots) {
      let label = this.labels.get(robot.id);
      if (!label) {
        label = this.make(robot.id);
        this.labels.set(robot.id, label);
      }
      write(label.name, titleOf(robot));
      label.box.dataset.kind = robot.kind;
      label.box.title = robot.kind === 'model' ? '' : t(`kind_${robot.kind}_note`);
      label.width = label.box.offsetWidth;
      label.height = label.box.offsetHeight;
    }
    this.mark();
  }

  private mark(): void {
    const { whom } = this.state;
    for (const [id, { box }] of this.labels) {
      box.setAttribute('aria-pressed', String(whom.value === 'all' || whom.value === id));
      box.dataset.whom = whom.value === 'all' ? 'all' : whom.value === id ? 'one' : '';
    }
  }

  private make(id: number): Label {
    const name = el('span', { class: 'label-name' });
    const note = el('span', { class: 'label-note' });
    const box = el('button', { class: 'robot-label', attrs: { 'data-robot': String(id) } }, name, note);
    box.type = 'button';
    box.addEventListener('click', () => {
      this.choose(id);
      box.blur(); // so that the keys steer
    });
    this.box.append(box);
    return { box, name, note, width: 0, height: 0 };
  }
}
