/** Time as the worker has it; a test brings its own. */
export interface Clock {
  now(): number;
  /** Calls back once, after so long. @returns what undoes it */
  wakeAfter(ms: number, wake: () => void): () => void;
}

export const workerClock: Clock = {
  now: () => performance.now(),
  wakeAfter(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

// Work in every gap would cost a busy stream each second frame.
const framesApart = 3;
// No frame for so long: none is in the way.
const idleMs = 250;

/** Where work that is not urgent finds its place: after a frame, as far from the next as can be. */
export class FrameGaps {
  readonly #clock: Clock;
  #lastFrameMs = Number.NEGATIVE_INFINITY;
  #countdown = 0;
  #waiting: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** To be called when a frame is done; what waits begins after its result was sent. */
  frameEnded(): void {
    this.#lastFrameMs = this.#clock.now();
    this.#countdown -= 1;
    const waiting = this.#waiting;
    if (waiting === null || this.#countdown > 0) return;
    this.#waiting = null;
    this.#clock.wakeAfter(0, waiting);
  }

  /** Resolves in the next gap; for one who waits at a time. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#countdown = framesApart;
      const isIdle = !(this.#clock.now() - this.#lastFrameMs < idleMs);
      const cancel = this.#clock.wakeAfter(isIdle ? 0 : idleMs, () => {
        this.#waiting = null;
        resolve();
      });
      this.#waiting = () => {
        cancel();
        resolve();
      };
    });
  }
}
