import type { Candidate } from './candidates.ts';

export interface Limits {
  /** For the network's own time; may be infinite, and negative where the rest takes all there is. */
  readonly networkMs: number;
  /** Of the compute per second that the best choice would take, 0 (exclusive) to 1. */
  readonly share: number;
}

export interface Choice {
  readonly index: number;
  /** Whether its time fits the limit. */
  readonly fits: boolean;
  /** Share of the frames that may run, so that the compute stays within its share; 1 for all. */
  readonly frames: number;
}

/**
 * The candidate of most gain whose predicted time fits, the cheaper one of equals; the cheapest where none
 * does. Where compute is short, cheaper than that; and where nothing is cheap enough, on fewer frames.
 * @param slowdown predicted time over calibrated cost, headroom included
 * @param pool indices, at least one
 */
export function choose(
  candidates: readonly Candidate[],
  pool: readonly number[],
  slowdown: number,
  { networkMs, share }: Limits,
): Choice {
  const best = bestWithin(candidates, pool, networkMs / slowdown);
  const index = best ?? cheapest(candidates, pool);
  if (share >= 1) return { index, fits: best !== null, frames: 1 };
  const computeMs = share * candidates[index]!.costMs;
  const saving = bestWithin(candidates, pool, computeMs) ?? cheapest(candidates, pool);
  const frames = Math.min(1, computeMs / candidates[saving]!.costMs);
  return { index: saving, fits: best !== null, frames };
}

function bestWithin(
  candidates: readonly Candidate[],
  pool: readonly number[],
  mostMs: number,
): number | null {
  let best: number | null = null;
  for (const i of pool) {
    const { costMs, gain } = candidates[i]!;
    if (!(costMs <= mostMs)) continue;
    const other = best === null ? null : candidates[best]!;
    if (other === null || gain > other.gain || (gain === other.gain && costMs < other.costMs)) {
      best = i;
    }
  }
  return best;
}

function cheapest(candidates: readonly Candidate[], pool: readonly number[]): number {
  let least = pool[0]!;
  for (const i of pool) if (candidates[i]!.costMs < candidates[least]!.costMs) least = i;
  return least;
}
