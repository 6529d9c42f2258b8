/** Milliseconds. */
export interface Timing {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly minMs: number;
  readonly runs: number;
}

/**
 * Times pieces of work side by side: each round runs every one once, so that whatever slows the machine
 * down meanwhile slows all of them down.
 */
export async function timeRounds(
  work: readonly (() => unknown)[],
  { rounds, warmUpRounds }: { readonly rounds: number; readonly warmUpRounds: number },
): Promise<readonly Timing[]> {
  const times = work.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [i, run] of work.entries()) {
      const startMs = performance.now();
      await run();
      if (round >= 0) times[i]!.push(performance.now() - startMs);
    }
  }
  return times.map((all) => {
    const sorted = all.sort((a, b) => a - b);
    const at = (fraction: number) => sorted[Math.floor(fraction * (sorted.length - 1))]!;
    return { medianMs: at(0.5), p95Ms: at(0.95), minMs: at(0), runs: rounds };
  });
}
