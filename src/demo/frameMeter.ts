import type { FrameTiming } from '../index.ts';

/** Frames that the median latencies are taken over. */
const latencyFrames = 30;
/** How far back the frame rate looks. */
const rateWindowMs = 2000;

/** Rolling figures of the recent frames. Holds no clock: the caller says when. */
export class FrameMeter {
  #timings: FrameTiming[] = [];
  #timesMs: number[] = [];

  add(timing: FrameTiming, atMs: number): void {
    this.#timings.push(timing);
    if (this.#timings.length > latencyFrames) this.#timings.shift();
    this.#timesMs.push(atMs);
    while (this.#timesMs[0]! < atMs - rateWindowMs) this.#timesMs.shift();
  }

  /** To be called when what came before says nothing about what comes: another subnet, a pause. */
  reset(): void {
    this.#timings = [];
    this.#timesMs = [];
  }

  /** Median over the recent frames; null before the first. */
  median(part: keyof FrameTiming): number | null {
    const sorted = this.#timings.map((timing) => timing[part]).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    if (sorted.length === 0) return null;
    return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  }

  /** Frames per second; null until two frames came. */
  get fps(): number | null {
    const [firstMs = 0] = this.#timesMs;
    const spanMs = (this.#timesMs.at(-1) ?? 0) - firstMs;
    return spanMs > 0 ? ((this.#timesMs.length - 1) * 1000) / spanMs : null;
  }
}
