// The mock's brain: a handful of sentences, done by the drawn robot, told as docs/protocol.md says.

import type { ServerMessage, TalkMessage, TalkStep } from '../../src/protocol.ts';
import type { Walker } from './walker.ts';

type Step = TalkStep & { seconds: number; command?: [number, number, number]; wave?: boolean };

export class MockTalk {
  private last = 0;
  private talks: TalkMessage[] = [];
  private steps: Step[] = [];
  private now = 0;
  private time = 0;

  constructor(private readonly tell: (message: ServerMessage) => void) {}

  greeting(robot: string): ServerMessage[] {
    const items = [{ group: 'robot' as const, name: robot, aliases: [] }, { group: 'place' as const, name: 'table', aliases: ['桌子'] }];
    return [{ type: 'world', items }, ...this.talks];
  }

  hear(text: string, walker: Walker): void {
    const zh = /[\u4e00-\u9fff]/.test(text);
    const robot = walker.body.title;
    const talk: TalkMessage = {
      type: 'talk', id: ++this.last, from: 'page', robot, heard: text, answered: true, kind: 'plan', language: zh ? 'zh' : 'en', reply: '', brain: 'embedded',
      confidence: 0.98, plan: [], spoken: [],
    };
    this.talks = [...this.talks, talk].slice(-8);
    if (/stop|停/.test(text)) {
      Object.assign(talk, { kind: 'stop', reply: zh ? '停下。' : 'Stopping.' });
      this.interrupt(walker);
      return this.tell(talk);
    }
    const steps: Step[] = [];
    const add = (label: string, skill: string, seconds: number, rest: Partial<Step>): void =>
      void steps.push({ label, skill, robot, state: 'waiting', seconds, ...rest });
    if (/walk|走/.test(text)) add(zh ? '向前走1米' : 'walk forward 1 m', 'walk', 2, { command: [0.5, 0, 0] });
    if (/wave|挥/.test(text)) add(zh ? '挥手' : 'wave', 'wave', 3, { wave: true });
    if (!steps.length) Object.assign(talk, { kind: 'ask', confidence: 0.1, reply: zh ? '我没听明白,要我做什么?' : 'I did not understand that. What shall I do?' });
    else {
      this.interrupt(walker);
      this.steps = steps;
      this.now = 0;
      talk.reply = (zh ? '好的:' : 'OK: ') + steps.map((step) => step.label).join(zh ? ',然后' : ', then ') + (zh ? '。' : '.');
    }
    talk.plan = steps;
    this.tell(talk);
  }

  step(walker: Walker, dt: number): void {
    const step = this.steps[this.now];
    if (!step) return;
    if (step.state === 'waiting') {
      step.state = 'running';
      this.time = 0;
      this.news();
    }
    this.time += dt;
    if (step.command) walker.setCommand(...step.command);
    if (step.wave) walker.offsets = { 'right.shoulder_pitch': -2 * Math.sin(Math.min(Math.PI, (Math.PI * this.time) / step.seconds)) };
    if (this.time < step.seconds) return;
    this.rest(walker);
    step.state = 'done';
    this.now++;
    this.news();
  }

  private rest(walker: Walker): void {
    walker.setCommand(0, 0, 0);
    walker.offsets = {};
  }

  private interrupt(walker: Walker): void {
    for (const step of this.steps) if (step.state !== 'done') step.state = 'stopped';
    if (this.steps.length) this.news();
    this.steps = [];
    this.rest(walker);
  }

  private news(): void {
    const talk = this.talks.find((one) => one.plan === (this.steps as TalkStep[]));
    if (talk) this.tell(talk);
  }
}
