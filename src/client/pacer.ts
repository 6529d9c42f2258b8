// The longest that a timer can wait.
const longestTimerMs = 2 ** 31 - 1;

/** Holds frames back where the budget leaves some out, and all of them while the page is hidden. */
export class Pacer {
  readonly #clock: () => number;
  #startedMs = Number.NEGATIVE_INFINITY;
  #paceMs = 0;
  #waiting: { readonly promise: Promise<void>; readonly release: () => void } | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(clock: () => number) {
    this.#clock = clock;
  }

  /** Whether a frame is waiting for its time, and for nothing else. */
  get isHolding(): boolean {
    return this.#waiting !== null;
  }

  /** A frame begins. */
  started(): void {
    this.#startedMs = this.#clock();
  }

  /** @param paceMs least time from one frame's start to the next; infinite to hold all */
  pace(paceMs: number): void {
    this.#paceMs = paceMs;
    if (this.#waiting !== null) this.#arm();
  }

  /** @returns what resolves when the next frame may begin; null when it may at once */
  hold(): Promise<void> | null {
    if (this.#remainingMs() <= 0) return null;
    if (this.#waiting === null) {
      let release!: () => void;
      const promise = new Promise<void>((resolve) => {
        release = resolve;
      });
      this.#waiting = { promise, release };
      this.#arm();
    }
    // The time may have come since the clock was asked, and have let go what waited.
    return this.#waiting?.promise ?? null;
  }

  /** Lets go what waits, for good. */
  stop(): void {
    this.pace(0);
  }

  #remainingMs(): number {
    if (this.#paceMs === Number.POSITIVE_INFINITY) return this.#paceMs;
    // A clock that was set back holds nothing for longer than the pace.
    return Math.min(this.#paceMs, this.#startedMs + this.#paceMs - this.#clock());
  }

  #arm(): void {
    clearTimeout(this.#timer);
    const remainingMs = this.#remainingMs();
    if (remainingMs === Number.POSITIVE_INFINITY) return;
    if (remainingMs > 0) {
      this.#timer = setTimeout(() => this.#arm(), Math.min(remainingMs, longestTimerMs));
      return;
    }
    this.#waiting?.release();
    this.#waiting = null;
  }
}
