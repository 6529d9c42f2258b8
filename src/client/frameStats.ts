import type { Subnet } from '../network/subnet.ts';
import type { ClassifierStats } from './types.ts';

/** How many frames the statistics look back. */
const windowFrames = 100;

/** A frame that has been classified. */
export interface FrameFigures {
  /** When its result came. */
  readonly atMs: number;
  readonly subnet: Subnet;
  /** Of one frame of the subnet; see SPEC.md, "Costs". */
  readonly bitOps: number;
  /** From the call to the result. */
  readonly totalMs: number;
  /** What the worker took. */
  readonly workMs: number;
  /** What the worker might have taken; may be infinite. */
  readonly limitMs: number;
}

type FrameStatsFigures = Pick<
  ClassifierStats,
  'frames' | 'p50Ms' | 'p95Ms' | 'inBudget' | 'bitOpsPerSecond' | 'perSubnet'
>;

/** Figures of the frames that were classified. Holds no clock: the caller says when. */
export class FrameStats {
  readonly #window: FrameFigures[] = [];
  readonly #perSubnet = new Map<string, { subnet: Subnet; frames: number; busyMs: number }>();
  #frames = 0;

  add(frame: FrameFigures): void {
    this.#frames += 1;
    if (this.#window.length === windowFrames) this.#window.shift();
    this.#window.push(frame);
    const { subnet, workMs } = frame;
    const name = `${subnet.width} ${subnet.resolution} ${subnet.bits}`;
    const known = this.#perSubnet.get(name) ?? { subnet, frames: 0, busyMs: 0 };
    const busyMs = known.busyMs + workMs;
    this.#perSubnet.set(name, { subnet, frames: known.frames + 1, busyMs });
  }

  figures(atMs: number): FrameStatsFigures {
    const within = this.#window.filter(({ workMs, limitMs }) => workMs <= limitMs).length;
    const bitOps = this.#window.reduce((sum, frame) => sum + frame.bitOps, 0);
    // From when the worker began with the first of them: its work counts as well. The call may be earlier, while
    // the worker was busy with a frame that is not in the window.
    const [first] = this.#window;
    const spanMs = first === undefined ? 0 : atMs - (first.atMs - first.workMs);
    return {
      frames: this.#frames,
      p50Ms: this.#quantile(0.5),
      p95Ms: this.#quantile(0.95),
      inBudget: this.#window.length === 0 ? null : within / this.#window.length,
      bitOpsPerSecond: spanMs > 0 ? (1000 * bitOps) / spanMs : 0,
      perSubnet: [...this.#perSubnet.values()],
    };
  }

  /** Nearest rank: the smallest sample that at least `fraction` of all do not exceed; null without samples. */
  #quantile(fraction: number): number | null {
    const sorted = this.#window.map(({ totalMs }) => totalMs).sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? null;
  }
}
