import type { Budget, Pin } from '../budget/budget.ts';
import { allowedIndices } from '../budget/candidates.ts';
import { RtfqError } from '../errors.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import { formatSubnet } from '../network/subnet.ts';

/** What the host asked for. */
export interface Wish {
  readonly pin: Pin;
  readonly budget: Budget;
}

export interface Choices {
  /** Places in the manifest's list of the subnets that may run; at least one. */
  readonly allowed: ReadonlySet<number>;
  /** Whether one of them fits the memory there may be; otherwise the smallest is all that is allowed. */
  readonly fitsMemory: boolean;
}

/**
 * @param bytesOf what a subnet takes in memory where there is nothing else
 * @throws RtfqError `UNKNOWN_SUBNET` when nothing matches pin, floor and ceiling; `INVALID_ARGUMENT` when an
 *   accuracy is asked for and the model records none
 */
export function choicesOf(
  subnets: readonly SubnetEntry[],
  { pin, budget }: Wish,
  bytesOf: (subnet: SubnetEntry) => number,
): Choices {
  const { minAccuracy, floor, ceiling, maxBytes = Number.POSITIVE_INFINITY } = budget;
  const matching = allowedIndices(subnets, pin, budget);
  if (matching.length === 0) {
    throw new RtfqError('UNKNOWN_SUBNET', 'no subnet of the model matches', {
      got: floor === undefined && ceiling === undefined ? pin : { pin, floor, ceiling },
      expected: `one of ${subnets.map(formatSubnet).join(' | ')}`,
    });
  }
  if (minAccuracy !== undefined && !subnets.some(({ accuracy }) => accuracy !== undefined)) {
    throw new RtfqError('INVALID_ARGUMENT', 'minAccuracy needs a model that records accuracies', {
      got: `minAccuracy ${minAccuracy} and none recorded`,
    });
  }
  const fitting = matching.filter((i) => bytesOf(subnets[i]!) <= maxBytes);
  if (fitting.length > 0) return { allowed: new Set(fitting), fitsMemory: true };
  const smallest = matching.reduce((least, i) =>
    bytesOf(subnets[i]!) < bytesOf(subnets[least]!) ? i : least,
  );
  return { allowed: new Set([smallest]), fitsMemory: false };
}
