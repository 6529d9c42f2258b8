import { RtfqError } from '../errors.ts';

/** Something to do while frames flow. Tasks with the same key fail together: one file for several subnets, say. */
export interface Task {
  readonly key: string;
  /** @returns whether it is done; what is not is tried again later */
  run(): Promise<boolean>;
}

export interface BackgroundOptions {
  /** The most urgent task of those whose key is not held back; null when there is nothing to do. */
  readonly next: (isHeldBack: (key: string) => boolean) => Task | null;
  /** A task rejected, and will be tried again after so long. */
  readonly onFailure: (error: RtfqError, task: Task, retryMs: number) => void;
  readonly now: () => number;
  /** Calls back once, after so long. @returns what undoes it */
  readonly wakeAfter: (ms: number, wake: () => void) => () => void;
}

// A server that is restarted is back in a second; one that is gone need not be asked more than once a minute.
const leastRetryMs = 1000;
const mostRetryMs = 60_000;

interface Failure {
  readonly untilMs: number;
  readonly retryMs: number;
}

/** Does one task after the other, and what fails again later, ever less often; a failure ends nothing. */
export class Background {
  readonly #options: BackgroundOptions;
  readonly #failures = new Map<string, Failure>();
  #isBusy = false;
  #cancelWake = (): void => {};

  constructor(options: BackgroundOptions) {
    this.#options = options;
  }

  /** Whether tasks of this key wait after a failure. */
  readonly isHeldBack = (key: string): boolean => this.#waitMs(key) > 0;

  /** To be called whenever there may be something to do. */
  poke(): void {
    if (!this.#isBusy) void this.#work();
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    this.#cancelWake();
    for (;;) {
      const task = this.#options.next(this.isHeldBack);
      if (task === null) break;
      try {
        if (await task.run()) this.#failures.delete(task.key);
        else this.#holdBack(task.key);
      } catch (thrown) {
        const retryMs = this.#holdBack(task.key);
        this.#options.onFailure(RtfqError.from(thrown), task, retryMs);
      }
    }
    this.#isBusy = false;
    this.#wakeForRetry();
  }

  #holdBack(key: string): number {
    const known = this.#failures.get(key);
    const retryMs = Math.min(mostRetryMs, known === undefined ? leastRetryMs : 2 * known.retryMs);
    this.#failures.set(key, { retryMs, untilMs: this.#options.now() + retryMs });
    return retryMs;
  }

  #waitMs(key: string): number {
    const failure = this.#failures.get(key);
    if (failure === undefined) return 0;
    const waitMs = failure.untilMs - this.#options.now();
    // A clock that was set back would hold the task back for as long as it jumped.
    return waitMs > failure.retryMs ? 0 : waitMs;
  }

  #wakeForRetry(): void {
    const waits = [...this.#failures.keys()].map((key) => this.#waitMs(key));
    const nextMs = Math.min(...waits.filter((ms) => ms > 0));
    if (nextMs === Number.POSITIVE_INFINITY) return;
    this.#cancelWake = this.#options.wakeAfter(nextMs, () => this.poke());
  }
}
