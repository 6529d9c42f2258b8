import type { SubnetEntry } from '../model/manifest.ts';
import type { Subnet } from '../network/subnet.ts';
import type { Budget, Pin } from './budget.ts';

/** A subnet as the policy sees it. Candidates are told apart by their place in the list. */
export interface Candidate {
  /** What is gained by running it; larger is better. Recorded top-1 accuracy where there is one. */
  readonly gain: number;
  /** Its time per frame on this device without load, in milliseconds, up to a factor common to all. Above 0. */
  readonly costMs: number;
  /** Whether it may be chosen: pin, floor, ceiling, accuracy, memory. */
  readonly allowed: boolean;
  /** Whether it can run on the next frame: weights resident, program compiled. */
  readonly ready: boolean;
}

type Entry = Pick<SubnetEntry, keyof Subnet | 'cost' | 'accuracy'>;

/**
 * Which subnets the pin and the budget allow, before memory is looked at: by recorded accuracy if one is asked
 * for, and if none reaches it the most accurate of the others.
 * @returns indices; empty where nothing matches the pin and the bounds
 */
export function allowedIndices(
  subnets: readonly Entry[],
  pin: Pin,
  { minAccuracy = 0, floor = {}, ceiling = {} }: Budget,
): readonly number[] {
  const matching = [...subnets.keys()].filter((i) => matches(subnets[i]!, pin, floor, ceiling));
  if (minAccuracy === 0 || matching.length === 0) return matching;
  const gains = gainsOf(subnets);
  const accurate = matching.filter((i) => (subnets[i]!.accuracy?.top1 ?? 0) >= minAccuracy);
  if (accurate.length > 0) return accurate;
  return [matching.reduce((best, i) => (gains[i]! > gains[best]! ? i : best))];
}

/**
 * Accuracies; subnets without a record are worth less than any with one, and the more the larger they are.
 */
export function gainsOf(subnets: readonly Entry[]): readonly number[] {
  const most = Math.max(...subnets.map(({ cost }) => cost.bitOps), 1);
  return subnets.map(({ accuracy, cost }) => accuracy?.top1 ?? cost.bitOps / most - 1);
}

function matches(
  subnet: Subnet,
  pin: Pin,
  floor: Partial<Subnet>,
  ceiling: Partial<Subnet>,
): boolean {
  return dimensions.every((name) => {
    const value = subnet[name];
    const pinned = pin === 'auto' ? undefined : pin[name];
    return (
      (pinned === undefined || pinned === value) &&
      value >= (floor[name] ?? 0) &&
      value <= (ceiling[name] ?? Number.POSITIVE_INFINITY)
    );
  });
}

const dimensions = ['width', 'resolution', 'bits'] as const;
