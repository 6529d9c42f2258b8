/** Milliseconds. */
export interface Timing {
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly minMs: number;
  readonly runs: number;
}

export interface Rounds {
  readonly rounds: number;
  readonly warmUpRounds: number;
  /** How often a piece runs before the next one has its turn; once unless told. */
  readonly inARow?: number;
  /** Between one piece and the next, for threads of the former to fall asleep: they spin for a while. */
  readonly pauseMs?: number;
}

/**
 * Times pieces of work side by side: each round runs every one, so that whatever slows the machine down
 * meanwhile slows all of them down.
 */
export async function timeRounds(
  work: readonly (() => unknown)[],
  { rounds, warmUpRounds, inARow = 1, pauseMs }: Rounds,
): Promise<readonly Timing[]> {
  const times = work.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [i, run] of work.entries()) {
      if (pauseMs !== undefined) await new Promise((resolve) => setTimeout(resolve, pauseMs));
      for (let time = 0; time < inARow; time++) {
        const startMs = performance.now();
        await run();
        if (round >= 0) times[i]!.push(performance.now() - startMs);
      }
    }
  }
  return times.map((all) => {
    const [medianMs, p95Ms, minMs] = [median(all), quantile(all, 0.95), quantile(all, 0)];
    return { medianMs, p95Ms, minMs, runs: all.length };
  });
}

export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

function quantile(values: readonly number[], fraction: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(fraction * (values.length - 1))]!;
}
