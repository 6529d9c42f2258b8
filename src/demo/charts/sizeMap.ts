import type { Subnet } from '../../index.ts';
import { formatAccuracy, formatMs } from '../format.ts';

/** A subnet on the map. */
export interface MapPoint {
  readonly subnet: Subnet;
  /** What a frame takes, or is expected to take, on this device. */
  readonly costMs: number;
  /** Whether that was measured. */
  readonly measured: boolean;
  /** Share, 0 to 1, of first guesses that are right. */
  readonly accuracy: number;
}

interface KnownSubnet extends Subnet {
  readonly measuredMs: number | null;
  readonly accuracy?: { readonly top1: number } | undefined;
}

/** The subnets whose accuracy is recorded, fastest first; none as long as no time is known. */
export function mapPoints(
  subnets: readonly KnownSubnet[],
  expectedMs: readonly number[] | null,
): readonly MapPoint[] {
  return subnets
    .flatMap(({ width, resolution, bits, measuredMs, accuracy }, i): MapPoint[] => {
      const costMs = expectedMs?.[i];
      if (costMs === undefined || accuracy === undefined) return [];
      const subnet = { width, resolution, bits };
      return [{ subnet, costMs, measured: measuredMs !== null, accuracy: accuracy.top1 }];
    })
    .sort((a, b) => a.costMs - b.costMs || b.accuracy - a.accuracy);
}

/**
 * The Pareto front: those that no other is both at least as fast and more accurate than.
 * @param points fastest first
 */
export function paretoFront(points: readonly MapPoint[]): readonly MapPoint[] {
  let best = Number.NEGATIVE_INFINITY;
  return points.filter(({ accuracy }) => {
    if (accuracy <= best) return false;
    best = accuracy;
    return true;
  });
}

/** From the fastest to the slowest, with some room at both ends, for a logarithmic axis. */
export function timeRange(points: readonly MapPoint[]): [leastMs: number, mostMs: number] {
  const room = 1.15;
  // Clocks are coarse: what took no time at all cannot be drawn.
  const times = points.map(({ costMs }) => Math.max(costMs, 0.1));
  if (times.length === 0) return [1, 100];
  return [Math.min(...times) / room, Math.max(...times) * room];
}

/** Round times of a logarithmic axis, few enough to be read: 1, 2, 5, 10 ..., or 1, 3, 10 ... where it is long. */
export function timeTicks(leastMs: number, mostMs: number): number[] {
  const first = Math.floor(Math.log10(leastMs));
  const last = Math.ceil(Math.log10(mostMs));
  const steps = Math.log10(mostMs / leastMs) > 1.7 ? [1, 3] : [1, 2, 5];
  const decades = [...Array(last - first + 1).keys()].map((i) => 10 ** (first + i));
  return decades
    .flatMap((decade) => steps.map((step) => step * decade))
    .filter((ms) => ms >= leastMs && ms <= mostMs);
}

/** What a budget leaves; null where it has no limit. */
export interface MapLimits {
  readonly latencyMs: number | null;
  readonly minAccuracy: number | null;
}

/** What the map shows. */
export interface MapState {
  readonly points: readonly MapPoint[];
  /** Whether the model records any accuracy. */
  readonly isRecorded: boolean;
  readonly active: Subnet | null;
  readonly limits: MapLimits;
}

export function isWithin(point: MapPoint, { latencyMs, minAccuracy }: MapLimits): boolean {
  return (
    (latencyMs === null || point.costMs <= latencyMs) &&
    (minAccuracy === null || point.accuracy >= minAccuracy)
  );
}

/** The map in words. */
export function describeMap({ points, limits, isRecorded }: MapState): string {
  if (!isRecorded) return 'This model records no accuracy.';
  const fastest = points[0];
  if (fastest === undefined) return 'Waiting for the first measurement.';
  const best = paretoFront(points).at(-1)!;
  const within = points.filter((point) => isWithin(point, limits)).length;
  return `${points.length} sizes, from ${describePoint(fastest)} to ${describePoint(best)}; ${within} within the budget.`;
}

export function describePoint({ costMs, accuracy }: MapPoint): string {
  return `${formatMs(costMs)} at ${formatAccuracy(accuracy)}`;
}
