/** A clock of 5 microseconds, as isolated pages have it, is then wrong by half a percent. */
const sampleMs = 1;

/** Something too short to be timed by itself. */
export interface RepeatedWork {
  readonly repeats: number;
  run(): void;
}

/** Warms the work up, and finds out how often it must be repeated for a sample. */
export function repeatWork(work: () => unknown): RepeatedWork {
  for (let repeats = 1; ; repeats *= 2) {
    const startMs = performance.now();
    for (let i = 0; i < repeats; i++) work();
    const tookMs = performance.now() - startMs;
    if (tookMs < sampleMs) continue;
    const enough = Math.max(1, Math.round((repeats * sampleMs) / tookMs));
    return {
      repeats: enough,
      run: () => {
        for (let i = 0; i < enough; i++) work();
      },
    };
  }
}
