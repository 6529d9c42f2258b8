// Enough to even out steps of different subnets, few enough to follow a machine that gets busier.
const window = 20;

/** The duration that the next step will probably have; it is told how long steps took, and holds no clock. */
export class StepClock {
  readonly #latestMs: number[] = [];

  add(durationMs: number): void {
    this.#latestMs.push(durationMs);
    if (this.#latestMs.length > window) this.#latestMs.shift();
  }

  /** 0 before the first step. */
  meanMs(): number {
    if (this.#latestMs.length === 0) return 0;
    return this.#latestMs.reduce((sum, ms) => sum + ms, 0) / this.#latestMs.length;
  }
}
