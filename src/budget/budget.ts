import type { Subnet } from '../network/subnet.ts';

/**
 * What the host can afford; each field may be left out, and the strictest of those given counts. Accuracy and
 * bounds win over time: subnets below `minAccuracy`, outside of `floor` and `ceiling` or of the pin are not
 * considered at all, however slow the others are.
 */
export interface Budget {
  /** Longest time, in milliseconds, that the worker should take for a frame: pixels, crop, resize and network. */
  readonly latencyMs?: number;
  /** Frames per second to keep up with: the same as latencyMs = 1000 / fps. */
  readonly fps?: number;
  /**
   * Share, 0 to 1, of the time from one frame to the next that the worker may be busy. Frames come at `fps`
   * where it is given, else as often as the host offers them.
   */
  readonly frameShare?: number;
  /**
   * On battery and falling, the compute per second is scaled: 'auto', the default, by `batteryCurve`; 'ignore',
   * not at all; or by a curve of the host's own. An unknown battery scales nothing.
   */
  readonly battery?: 'auto' | 'ignore' | BatteryCurve;
  /** 'auto', the default, heeds the browser's compute pressure where there is such a signal; 'ignore' does not. */
  readonly thermal?: 'auto' | 'ignore';
  /** Most memory, in bytes, that weights and programs may take. */
  readonly maxBytes?: number;
  /** Lowest top-1 accuracy to accept, 0 to 1; where no subnet reaches it, the most accurate one is taken. */
  readonly minAccuracy?: number;
  /** Smallest value of each dimension to consider. */
  readonly floor?: Partial<Subnet>;
  /** Largest value of each dimension to consider. */
  readonly ceiling?: Partial<Subnet>;
}

/** Fixes all three dimensions, or only the named ones: the budget then chooses among the subnets that match. */
export type Pin = Partial<Subnet> | 'auto';

/** Share of the full compute by battery level, linear between the points, level above the first and below the last. */
export type BatteryCurve = readonly BatteryPoint[];

/** At this level of the battery, this share of the compute. */
export interface BatteryPoint {
  /** 0 to 1 */
  readonly level: number;
  /** Above 0, up to 1. */
  readonly share: number;
}

/**
 * The default: nothing is saved above half; below, people begin to look for a charger, and phones' own savers
 * start at 20 and 15 %. At 5 % a quarter of the compute is left, enough to go on recognising.
 */
export const batteryCurve: BatteryCurve = [
  { level: 0.5, share: 1 },
  { level: 0.2, share: 0.5 },
  { level: 0.05, share: 0.25 },
];

/** The longest time, in milliseconds, that the worker may take for a frame; infinite where the budget names none. */
export function latencyLimitMs({ latencyMs, fps, frameShare }: Budget, intervalMs: number): number {
  const none = Number.POSITIVE_INFINITY;
  return Math.min(
    latencyMs ?? none,
    fps === undefined ? none : 1000 / fps,
    frameShare === undefined ? none : frameShare * (fps === undefined ? intervalMs : 1000 / fps),
  );
}
