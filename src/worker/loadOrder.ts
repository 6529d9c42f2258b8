import type { Candidate } from '../budget/candidates.ts';
import { paretoFront } from '../network/paretoFront.ts';

/**
 * What is worth having ready besides what is wanted now, the most urgent first: the cheapest, for a sudden load;
 * then the neighbours of the one that runs. Only subnets that no other beats in both gain and cost.
 * @param active place of the one that runs
 * @param pool places of those that need no more than a table and a compilation
 */
export function prepareAhead(
  candidates: readonly Candidate[],
  active: number,
  pool: readonly number[],
): readonly number[] {
  const front = paretoFront(
    pool,
    (i) => candidates[i]!.costMs,
    (i) => candidates[i]!.gain,
  );
  const activeMs = candidates[active]!.costMs;
  const distance = (i: number) => Math.abs(Math.log(candidates[i]!.costMs / activeMs));
  const [cheapest, ...others] = front;
  if (cheapest === undefined) return [];
  return [cheapest, ...others.sort((a, b) => distance(a) - distance(b))].filter(
    (i) => !candidates[i]!.ready,
  );
}
