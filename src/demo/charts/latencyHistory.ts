import { formatMs, formatWholeMs } from '../format.ts';

/** How far back the chart looks. */
export const historyMs = 30_000;
/** Frames that are further apart are not joined: the camera was paused, or the tab hidden. */
const gapMs = 1500;

export interface TimedFrame {
  readonly atMs: number;
  /** What the worker took for it: pixels, crop, resize and network. */
  readonly workMs: number;
  /** What it was allowed to take; null where no time was set. */
  readonly limitMs: number | null;
}

export interface MarkedSwitch {
  readonly atMs: number;
  readonly direction: 'up' | 'down';
}

/** Columns of the chart; x is in seconds before the newest frame. */
export interface LatencyColumns {
  readonly x: readonly number[];
  readonly workMs: readonly (number | null)[];
  readonly limitMs: readonly (number | null)[];
}

/** The frames and switches of the last seconds. Holds no clock: the newest frame is now. */
export class LatencyHistory {
  #frames: TimedFrame[] = [];
  #switches: MarkedSwitch[] = [];

  addFrame(frame: TimedFrame): void {
    this.#frames.push(frame);
    const fromMs = frame.atMs - historyMs;
    // Once a second or so, not with each frame.
    if (this.#frames[0]!.atMs < fromMs - 1000) {
      this.#frames = this.#frames.filter(({ atMs }) => atMs >= fromMs);
      this.#switches = this.#switches.filter(({ atMs }) => atMs >= fromMs);
    }
  }

  addSwitch(marked: MarkedSwitch): void {
    this.#switches.push(marked);
  }

  /** The longer of the last two frames, of which a late one made the subnet change; null before the first. */
  get lastWorkMs(): number | null {
    const last = this.#frames.slice(-2).map(({ workMs }) => workMs);
    return last.length === 0 ? null : Math.max(...last);
  }

  get columns(): LatencyColumns {
    const x: number[] = [];
    const workMs: (number | null)[] = [];
    const limitMs: (number | null)[] = [];
    const nowMs = this.#nowMs;
    let beforeMs = Number.POSITIVE_INFINITY;
    for (const frame of this.#recent) {
      if (frame.atMs - beforeMs > gapMs) {
        x.push((beforeMs + 1 - nowMs) / 1000);
        workMs.push(null);
        limitMs.push(null);
      }
      x.push((frame.atMs - nowMs) / 1000);
      workMs.push(frame.workMs);
      limitMs.push(frame.limitMs);
      beforeMs = frame.atMs;
    }
    return { x, workMs, limitMs };
  }

  /** Switches, with x as in `columns`. */
  get marks(): readonly { readonly x: number; readonly direction: 'up' | 'down' }[] {
    const nowMs = this.#nowMs;
    return this.#switches
      .filter(({ atMs }) => atMs >= nowMs - historyMs)
      .map(({ atMs, direction }) => ({ x: Math.min(0, (atMs - nowMs) / 1000), direction }));
  }

  /** The end of the time axis: a round number above the budget and above nearly all frames. */
  get topMs(): number {
    const sorted = this.#recent.map(({ workMs }) => workMs).sort((a, b) => a - b);
    const most = sorted[Math.floor(sorted.length * 0.98)] ?? 0;
    const limitMs = this.#recent.at(-1)?.limitMs ?? 0;
    return roundUp(Math.max(most * 1.15, limitMs * 1.2, 4));
  }

  /** The chart in words. */
  describe(): string {
    const recent = this.#recent;
    const last = recent.at(-1);
    if (last === undefined) return 'No frame yet.';
    const sorted = recent.map(({ workMs }) => workMs).sort((a, b) => a - b);
    const at = (share: number) => formatMs(sorted[Math.floor((sorted.length - 1) * share)]!);
    const count = this.marks.length;
    const switches = count === 0 ? 'no switch' : count === 1 ? '1 switch' : `${count} switches`;
    const budget = last.limitMs === null ? 'no limit' : `limit ${formatWholeMs(last.limitMs)}`;
    return `Half of the frames within ${at(0.5)}, 95 of 100 within ${at(0.95)}; ${budget}; ${switches}.`;
  }

  get #nowMs(): number {
    return this.#frames.at(-1)?.atMs ?? 0;
  }

  get #recent(): readonly TimedFrame[] {
    const fromMs = this.#nowMs - historyMs;
    return this.#frames.filter(({ atMs }) => atMs >= fromMs);
  }
}

/** The next of 1, 2, 3, 5 and 8 times a power of ten: few steps, so that the axis rests. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return ([1, 2, 3, 5, 8, 10].find((step) => step * power >= value) ?? 10) * power;
}
