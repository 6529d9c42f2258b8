import type { Budget } from './budget.ts';
import type { Candidate } from './candidates.ts';
import type { Estimate } from './estimator.ts';
import type { Signals } from './signals.ts';

/**
 * Why the subnet changed. `slower`, `faster`: frames took longer, or less, than before; `loaded`: a better
 * subnet can run now; `unloaded`: the one that ran had to make room; the others: what the host or the device
 * asked for changed.
 */
export type SwitchReason =
  | 'budget'
  | 'pin'
  | 'slower'
  | 'faster'
  | 'loaded'
  | 'unloaded'
  | 'battery'
  | 'pressure';

/** What happened: a frame ran, or anything else that the configuration tells of. */
export type Sample =
  | {
      readonly kind: 'frame';
      readonly atMs: number;
      /** The candidate that ran. */
      readonly index: number;
      /** Crop, resize and network. */
      readonly networkMs: number;
      /** All else that the worker did for the frame. */
      readonly overheadMs: number;
    }
  | { readonly kind: 'change'; readonly atMs: number; readonly reason: SwitchReason }
  /** Something that changes no subnet by itself: the page was hidden or is seen again, data is to be saved. */
  | { readonly kind: 'notice'; readonly atMs: number };

export interface PolicyConfig {
  /** At least one is allowed and ready. */
  readonly candidates: readonly Candidate[];
  readonly budget: Budget;
  readonly signals: Signals;
  /** Time from one offered frame to the next. */
  readonly intervalMs: number;
}

/** Plain numbers, all finite; times are durations, so that a clock that jumps breaks nothing. */
export interface PolicyState {
  readonly active: number;
  readonly estimate: Estimate;
  readonly overheadMs: number;
  readonly atMs: number | null;
  /** How many frames in a row have just been late. */
  readonly lateInARow: number;
  /** How long the active one has been a little too slow. */
  readonly overMs: number;
  /** The best choice of all frames since, and for how long and how many; null without a better one. */
  readonly vote: {
    readonly index: number;
    readonly heldMs: number;
    readonly frames: number;
  } | null;
  /** The last climb, while it may still turn out to be a mistake. */
  readonly trial: { readonly ageMs: number; readonly level: number } | null;
  /** After a climb that failed: what costs as much is not tried again for a while. */
  readonly block: Block | null;
  /** Whether no ready candidate fits. */
  readonly unmet: boolean;
}

export interface Block {
  readonly costMs: number;
  /** The level when the climb was tried. */
  readonly level: number;
  /** The highest level since. */
  readonly peak: number;
  readonly leftMs: number;
  /** How long the block was; the next one is twice as long. */
  readonly backoffMs: number;
}

export interface Decision {
  readonly state: PolicyState;
  /** The candidate for the next frame. */
  readonly index: number;
  /** Why it is another one than before; null where it is the same. */
  readonly reason: SwitchReason | null;
  /** The candidate to run if all were ready: what is worth loading. */
  readonly wanted: number;
  /** The budget that cannot be met now. */
  readonly unmet: 'latency' | 'compute' | null;
  /** Least time from one frame's start to the next; 0 where each may run, infinite while the page is hidden. */
  readonly paceMs: number;
  readonly limitMs: number;
  /** Median of the worker's time that is expected for a frame; null before the first frame. */
  readonly predictedMs: number | null;
}
