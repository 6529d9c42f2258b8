// A part takes less than a millisecond. Who waits longer waits for a thread that the system lets wait, because other
// programs want the cores, and would have been faster alone.
const overdueMs = 2;
const shortestRestMs = 50;
const longestRestMs = 2000;
// Without a miss for so long, the next rest is a short one again.
const calmMs = 1000;

/** When to do without helpers: for a while after each time that one was late, for longer where this repeats itself. */
export class BackOff {
  readonly #clock: () => number;
  #restUntilMs = Number.NEGATIVE_INFINITY;
  #restMs = shortestRestMs;

  constructor(clock: () => number = () => performance.now()) {
    this.#clock = clock;
  }

  get isResting(): boolean {
    return this.#clock() < this.#restUntilMs;
  }

  /** Helpers were waited for. */
  waited(waitedMs: number): void {
    if (waitedMs < overdueMs) return;
    const nowMs = this.#clock();
    const isCalm = nowMs - this.#restUntilMs > calmMs;
    this.#restMs = isCalm ? shortestRestMs : Math.min(longestRestMs, 2 * this.#restMs);
    this.#restUntilMs = nowMs + this.#restMs;
  }
}
