// How long the page's own script works on a picture: what remains of a frame's time is the graphics card's.

const kKept = 240; // pictures: four seconds at 60 a second

export class FrameTime {
  private readonly took = new Float64Array(kKept);
  private count = 0;
  private began = 0;

  begin(): void {
    this.began = performance.now();
  }

  end(): void {
    this.took[this.count++ % kKept] = performance.now() - this.began;
  }

  /** Milliseconds that `share` of the latest pictures stayed below; 0 before the first. */
  below(share: number): number {
    const known = this.took.slice(0, Math.min(this.count, kKept)).sort();
    return known.length ? known[Math.min(known.length - 1, Math.floor(share * known.length))] : 0;
  }
}
