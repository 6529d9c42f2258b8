import { RtfqError } from '../errors.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import { formatSubnet, type Subnet } from '../network/subnet.ts';

/**
 * What the host can afford. Accuracy wins over latency: subnets below `minAccuracy` are not considered at
 * all, however slow those above it are.
 */
export interface Budget {
  /** Longest time, in milliseconds, that a frame's crop, resize and network should take. */
  readonly latencyMs?: number;
  /** Frames per second to keep up with: the same as latencyMs = 1000 / fps. With both, the stricter counts. */
  readonly fps?: number;
  /** Lowest top-1 accuracy to accept, 0 to 1; where no subnet reaches it, the most accurate one is taken. */
  readonly minAccuracy?: number;
}

/** Fixes all three dimensions, or only the named ones: the budget then chooses among the subnets that match. */
export type Pin = Partial<Subnet> | 'auto';

/** A subnet of the model and what it takes on this device. */
export interface CalibratedSubnet extends SubnetEntry {
  /** Median latency measured on this device; null as long as no latency budget had to know it. */
  readonly measuredMs: number | null;
}

/** The latency that a budget allows, in milliseconds; infinite where it names none. */
export function latencyLimitMs({ latencyMs, fps }: Budget): number {
  return Math.min(
    latencyMs ?? Number.POSITIVE_INFINITY,
    fps === undefined ? Number.POSITIVE_INFINITY : 1000 / fps,
  );
}

/**
 * The subnets that a pin and a budget's accuracy allow, best first: by recorded accuracy, the cheaper one
 * of equals first; subnets without a record come last, largest first.
 * @throws RtfqError `UNKNOWN_SUBNET` when nothing matches the pin; `INVALID_ARGUMENT` when an accuracy is
 * asked for and the model records none
 */
export function allowedSubnets<Entry extends SubnetEntry>(
  subnets: readonly Entry[],
  pin: Pin,
  { minAccuracy }: Budget,
): readonly Entry[] {
  const ranked = subnets.filter((subnet) => matches(subnet, pin)).sort(byMerit);
  const best = ranked[0];
  if (best === undefined) {
    throw new RtfqError('UNKNOWN_SUBNET', 'no subnet of the model matches', {
      got: pin,
      expected: `one of ${subnets.map(formatSubnet).join(' | ')}`,
    });
  }
  if (minAccuracy === undefined) return ranked;
  if (best.accuracy === undefined) {
    throw new RtfqError('INVALID_ARGUMENT', 'minAccuracy needs a model that records accuracies', {
      got: `minAccuracy ${minAccuracy} and none recorded`,
    });
  }
  const accurate = ranked.filter(
    ({ accuracy }) => accuracy !== undefined && accuracy.top1 >= minAccuracy,
  );
  return accurate.length > 0 ? accurate : [best];
}

/** Either the answer, or the subnet whose latency must be known before there can be one. */
export type Selection<Entry> =
  | { readonly kind: 'selected'; readonly subnet: Entry }
  | { readonly kind: 'measure'; readonly subnet: Entry };

/**
 * The best subnet whose latency fits; the fastest one when none does. Only the latencies that decide are
 * asked for, so that an easy budget costs one measurement and fetches no other weights.
 * @param allowed best first, at least one (`allowedSubnets`)
 */
export function selectSubnet<Entry extends CalibratedSubnet>(
  allowed: readonly Entry[],
  limitMs: number,
): Selection<Entry> {
  let fastest = allowed[0]!;
  if (limitMs === Number.POSITIVE_INFINITY || allowed.length === 1) {
    return { kind: 'selected', subnet: fastest };
  }
  for (const subnet of allowed) {
    if (subnet.measuredMs === null) return { kind: 'measure', subnet };
    if (subnet.measuredMs <= limitMs) return { kind: 'selected', subnet };
    if (subnet.measuredMs < fastest.measuredMs!) fastest = subnet;
  }
  return { kind: 'selected', subnet: fastest };
}

function matches(subnet: Subnet, pin: Pin): boolean {
  if (pin === 'auto') return true;
  const { width = subnet.width, resolution = subnet.resolution, bits = subnet.bits } = pin;
  return width === subnet.width && resolution === subnet.resolution && bits === subnet.bits;
}

function byMerit(a: SubnetEntry, b: SubnetEntry): number {
  if (a.accuracy === undefined && b.accuracy === undefined) return b.cost.bitOps - a.cost.bitOps;
  const accuracyA = a.accuracy?.top1 ?? -1;
  const accuracyB = b.accuracy?.top1 ?? -1;
  return accuracyB - accuracyA || a.cost.bitOps - b.cost.bitOps;
}
