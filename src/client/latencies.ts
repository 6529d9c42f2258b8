/** How many frames the statistics look back. */
const windowFrames = 100;

/** The latencies of the last 100 frames, in milliseconds. */
export class Latencies {
  readonly #ms: number[] = [];

  add(ms: number): void {
    if (this.#ms.length === windowFrames) this.#ms.shift();
    this.#ms.push(ms);
  }

  /** Nearest rank: the smallest sample that at least `fraction` of all do not exceed; null without samples. */
  quantile(fraction: number): number | null {
    const sorted = [...this.#ms].sort((a, b) => a - b);
    return sorted[Math.max(0, Math.ceil(fraction * sorted.length) - 1)] ?? null;
  }
}
