// Keeps the picture fluent: gives up sharpness, then shadows, when frames take too long; tries again later.

export interface Level {
  pixels: number; // device pixels a CSS pixel
  shadow: number; // shadow map size, 0: none
}

const kLevels: Level[] = [
  { pixels: 2, shadow: 2048 },
  { pixels: 1.5, shadow: 2048 },
  { pixels: 1, shadow: 1024 },
  { pixels: 0.75, shadow: 512 },
  { pixels: 0.5, shadow: 512 },
  { pixels: 0.5, shadow: 0 },
];
const kSlowFps = 26;
const kFastFps = 56;
const kWindowMs = 1500;
const kRetryMs = 20000;

export class Quality {
  private index: number;
  private since = 0;
  private frames = 0;
  private changedAt = 0;
  private retries = 0;
  fps = 0;

  constructor(software: boolean, private readonly fixed: boolean, private readonly apply: (level: Level) => void) {
    this.index = fixed ? 0 : software ? 3 : 0;
    apply(kLevels[this.index]);
  }

  frame(nowMs: number): void {
    if (!this.since || nowMs - this.since > 4 * kWindowMs) this.restart(nowMs); // first, or the tab was hidden
    this.frames++;
    const took = nowMs - this.since;
    if (took < kWindowMs) return;
    this.fps = (1000 * this.frames) / took;
    this.restart(nowMs);
    if (this.fixed) return;
    if (this.fps < kSlowFps && this.index < kLevels.length - 1) this.change(this.index + 1, nowMs);
    else if (this.fps > kFastFps && this.index > 0 && this.retries < 2 && nowMs - this.changedAt > kRetryMs) {
      this.retries++;
      this.change(this.index - 1, nowMs);
    }
  }

  private restart(nowMs: number): void {
    this.since = nowMs;
    this.frames = 0;
  }

  private change(index: number, nowMs: number): void {
    this.index = index;
    this.changedAt = nowMs;
    this.apply(kLevels[index]);
  }
}

/** True when the browser draws on the processor. */
export function drawsInSoftware(): boolean {
  const probe = document.createElement('canvas').getContext('webgl2');
  if (!probe) return false;
  const info = probe.getExtension('WEBGL_debug_renderer_info');
  const name = info ? String(probe.getParameter(info.UNMASKED_RENDERER_WEBGL)) : '';
  probe.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|software|basic render/i.test(name);
}
