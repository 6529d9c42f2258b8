import type { BatteryReading, BudgetDetail, Subnet, SwitchDetail } from '../index.ts';
import { describeChange, formatMs, formatShare, formatWholeMs } from './format.ts';

/** What the page knows of the moment of a switch. */
export interface Circumstances {
  /** The limit of a frame's time; null where none is set. */
  readonly limitMs: number | null;
  /** What the last frames before took; null where there were none. */
  readonly lastWorkMs: number | null;
  readonly battery: BatteryReading | null;
}

interface Graded extends Subnet {
  readonly accuracy?: { readonly top1: number } | undefined;
  readonly cost: { readonly bitOps: number };
}

/** Up is more accurate; where nothing is recorded, or both are equal, it is more work. */
export function directionOf(from: Graded, to: Graded): 'up' | 'down' {
  const gain = (to.accuracy?.top1 ?? 0) - (from.accuracy?.top1 ?? 0);
  return gain === 0
    ? to.cost.bitOps > from.cost.bitOps
      ? 'up'
      : 'down'
    : gain > 0
      ? 'up'
      : 'down';
}

/** `Down to 160 px, 6 bit: 41 ms > 33 ms`. */
export function describeSwitch(
  detail: SwitchDetail,
  direction: 'up' | 'down',
  circumstances: Circumstances,
): string {
  const verb = direction === 'up' ? 'Up' : 'Down';
  const why = because(detail, direction, circumstances);
  return `${verb} to ${describeChange(detail.from, detail.to)}: ${why}`;
}

function because(
  { reason, predictedMs, measuredMs }: SwitchDetail,
  direction: 'up' | 'down',
  { limitMs, lastWorkMs, battery }: Circumstances,
): string {
  const tookMs = predictedMs ?? measuredMs;
  switch (reason) {
    case 'slower':
      if (limitMs === null) return 'frames take longer';
      // Sometimes the faster one is also the more accurate one.
      if (direction === 'up') return `better and no slower, about ${formatMs(tookMs)}`;
      return lastWorkMs !== null && lastWorkMs > limitMs
        ? `${formatMs(lastWorkMs)} > ${formatWholeMs(limitMs)}`
        : `frames come too near to ${formatWholeMs(limitMs)}`;
    case 'faster':
      return limitMs === null || tookMs > limitMs
        ? 'frames are faster again'
        : `${formatMs(tookMs)} fits ${formatWholeMs(limitMs)}`;
    case 'loaded':
      return 'it has arrived, and is the better one';
    case 'unloaded':
      return 'the other one is no longer in memory';
    case 'battery':
      return battery === null || battery.charging
        ? 'the battery allows more'
        : `battery at ${formatShare(battery.level)}`;
    case 'pressure':
      return 'the processor is hot, or cooler again';
    case 'budget':
      return 'the budget was changed';
    case 'pin':
      return 'chosen by hand';
    default:
      return reason satisfies never;
  }
}

/** `No size keeps 33 ms: a frame takes about 80 ms`. */
export function describeBudget({ unmet, limitMs, predictedMs }: BudgetDetail): string {
  switch (unmet) {
    case null:
      return 'The budget is kept again';
    case 'latency':
      // The budget is meant for nearly all frames; the prediction is of the middle one.
      return predictedMs === null || predictedMs <= limitMs
        ? `No size keeps ${formatWholeMs(limitMs)} for nearly all frames`
        : `No size keeps ${formatWholeMs(limitMs)}: a frame takes about ${formatMs(predictedMs)}`;
    case 'compute':
      return 'No size is cheap enough for the battery or the heat: some frames are left out';
    case 'memory':
      return 'No size fits the memory limit: the smallest one runs';
    default:
      return unmet satisfies never;
  }
}
