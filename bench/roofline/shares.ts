import {
  type NetworkRoofline,
  type Peaks,
  type StepKind,
  type StepTime,
  stepKinds,
} from './roofline.ts';

/** All steps of a kind together. */
export interface KindSummary {
  readonly kind: StepKind;
  readonly steps: number;
  readonly macs: number;
  readonly bytes: number;
  readonly ms: number;
  /** Of the sum over all steps. */
  readonly shareOfTime: number;
  /** Multiply-adds a second of the whole kind, against its instructions' peaks; null without such instructions. */
  readonly shareOfPeak: number | null;
}

/** What a step reaches of its instruction's peak. */
export function shareOfPeak({ instruction, macs, minMs }: StepTime, peaks: Peaks): number | null {
  return instruction === null ? null : leastMs(macs, peaks.macsPerSecond[instruction]) / minMs;
}

export function summariseKinds({ steps }: NetworkRoofline, peaks: Peaks): readonly KindSummary[] {
  const totalMs = sum(steps, ({ minMs }) => minMs);
  return stepKinds.flatMap((kind) => {
    const own = steps.filter((step) => step.kind === kind);
    if (own.length === 0) return [];
    const ms = sum(own, ({ minMs }) => minMs);
    const shares = own.map((step) => shareOfPeak(step, peaks));
    // At their peaks' speed the steps would take this part of their time.
    const atPeakMs = sum(own, (step, i) => (shares[i] ?? Number.NaN) * step.minMs);
    return {
      kind,
      steps: own.length,
      macs: sum(own, ({ macs }) => macs),
      bytes: sum(own, ({ bytes }) => bytes),
      ms,
      shareOfTime: ms / totalMs,
      shareOfPeak: Number.isNaN(atPeakMs) ? null : atPeakMs / ms,
    };
  });
}

/** Mean share of peak of a kind's steps, each weighted by its multiply-adds; null without any. */
export function macWeightedShare(
  { steps }: NetworkRoofline,
  peaks: Peaks,
  kind: StepKind,
): number | null {
  const own = steps.filter((step) => step.kind === kind && step.instruction !== null);
  const macs = sum(own, (step) => step.macs);
  return macs === 0 ? null : sum(own, (step) => step.macs * shareOfPeak(step, peaks)!) / macs;
}

function leastMs(macs: number, macsPerSecond: number): number {
  return (1000 * macs) / macsPerSecond;
}

function sum<Item>(
  items: readonly Item[],
  quantity: (item: Item, index: number) => number,
): number {
  return items.reduce((total, item, i) => total + quantity(item, i), 0);
}
