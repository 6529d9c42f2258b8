/** A piece of work that a newer one may replace before it has begun. */
export interface Job {
  /** Never rejects. */
  run(): Promise<void>;
  /** Called, instead of `run`, when a newer job took its place. */
  supersede(): void;
}

/** One job runs and one waits; a newer job takes the waiting one's place. */
export class NewestWins {
  readonly #hold: () => Promise<void> | null;
  #isRunning = false;
  #waiting: Job | null = null;
  readonly #onIdle: (() => void)[] = [];

  /** @param hold until when the next job has to wait; null when it need not */
  constructor(hold: () => Promise<void> | null) {
    this.#hold = hold;
  }

  add(job: Job): void {
    const replaced = this.#waiting;
    this.#waiting = job;
    replaced?.supersede();
    if (!this.#isRunning) void this.#run();
  }

  /** @returns what resolves when no job runs or waits; null when none does now */
  idle(): Promise<void> | null {
    return this.#isRunning ? new Promise((resolve) => this.#onIdle.push(resolve)) : null;
  }

  async #run(): Promise<void> {
    this.#isRunning = true;
    while (this.#waiting !== null) {
      const held = this.#hold();
      if (held !== null) await held;
      const job: Job = this.#waiting;
      this.#waiting = null;
      await job.run();
    }
    this.#isRunning = false;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
