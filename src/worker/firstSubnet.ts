import { gainsOf } from '../budget/candidates.ts';
import { step } from '../budget/policy.ts';
import { initialState } from '../budget/transitions.ts';
import type { Manifest } from '../model/manifest.ts';
import type { Situation } from './policyDriver.ts';

/**
 * The subnet to load where none that is allowed is ready: what the policy takes of those with the fewest weights
 * to fetch, by what subnets are expected to cost.
 * @param costs milliseconds, by subnet
 */
export function firstSubnet(
  { subnets, bits, packs }: Manifest,
  costs: readonly number[],
  { allowed, ...situation }: Situation,
): number {
  const bytesOf = (i: number) => packs.perBits[bits.indexOf(subnets[i]!.bits)]!.sizeBytes;
  const least = Math.min(...[...allowed].map(bytesOf));
  const gains = gainsOf(subnets);
  const candidates = subnets.map((_, i) => ({
    gain: gains[i]!,
    costMs: costs[i]!,
    allowed: allowed.has(i) && bytesOf(i) === least,
    ready: true,
  }));
  const [any = 0] = allowed;
  return step(
    initialState(any),
    { kind: 'change', atMs: 0, reason: 'budget' },
    {
      ...situation,
      candidates,
    },
  ).index;
}
