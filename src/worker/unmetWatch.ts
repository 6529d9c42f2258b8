/** What of the budget cannot be met: no subnet is fast, or cheap, or small enough. */
export type Unmet = 'latency' | 'compute' | 'memory';

// A burst of other work that long is not worth a word.
const holdMs = 1000;

/** Tells when the budget cannot be met, and when it can be again; not of what is over in a moment. */
export class UnmetWatch {
  readonly #tell: (unmet: Unmet | null) => void;
  #told: Unmet | null = null;
  #sinceMs: number | null = null;

  constructor(tell: (unmet: Unmet | null) => void) {
    this.#tell = tell;
  }

  /** @param isCertain whether it need not be waited for whether it stays so, as with memory */
  update(unmet: Unmet | null, atMs: number, isCertain: boolean): void {
    if (unmet === this.#told) {
      this.#sinceMs = null;
      return;
    }
    // The lesser of the two, for a clock that was set back.
    this.#sinceMs = Math.min(this.#sinceMs ?? atMs, atMs);
    const isMemory = unmet === 'memory' || this.#told === 'memory';
    if (!isCertain && !isMemory && atMs - this.#sinceMs < holdMs) return;
    this.#told = unmet;
    this.#sinceMs = null;
    this.#tell(unmet);
  }
}
