/** A piece of work that a newer one may replace before it has begun. */
export interface Job {
  /** Never rejects. */
  run(): Promise<void>;
  /** Called, instead of `run`, when a newer job took its place. */
  supersede(): void;
}

/** One job runs and one waits; a newer job takes the waiting one's place. */
export class NewestWins {
  #isRunning = false;
  #waiting: Job | null = null;

  add(job: Job): void {
    if (!this.#isRunning) {
      void this.#run(job);
      return;
    }
    const replaced = this.#waiting;
    this.#waiting = job;
    replaced?.supersede();
  }

  async #run(first: Job): Promise<void> {
    this.#isRunning = true;
    for (let job: Job | null = first; job !== null; ) {
      await job.run();
      job = this.#waiting;
      this.#waiting = null;
    }
    this.#isRunning = false;
  }
}
