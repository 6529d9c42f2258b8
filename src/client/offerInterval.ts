// Few enough to follow a camera that changes its rate in the dark, enough for a median.
const windowGaps = 15;
// No frame for so long: a pause, not a rate.
const longestGapMs = 1000;
const leastGapMs = 1;
// What cameras give, before it is known what this one gives.
const startMs = 1000 / 30;

/** How often the host offers frames, from when it did. */
export class OfferInterval {
  readonly #gapsMs: number[] = [];
  #lastMs: number | null = null;

  offered(atMs: number): void {
    const gapMs = this.#lastMs === null ? Number.NaN : atMs - this.#lastMs;
    this.#lastMs = atMs;
    if (!(gapMs >= 0 && gapMs <= longestGapMs)) return;
    this.#gapsMs.push(Math.max(leastGapMs, gapMs));
    if (this.#gapsMs.length > windowGaps) this.#gapsMs.shift();
  }

  /** Median time from one offered frame to the next. */
  get medianMs(): number {
    return [...this.#gapsMs].sort((a, b) => a - b)[this.#gapsMs.length >> 1] ?? startMs;
  }
}
