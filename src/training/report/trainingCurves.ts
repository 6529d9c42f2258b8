import type { LogRecord } from '../trainer/train.ts';

/** What training logged of one quantity. */
export interface Curve {
  readonly name: string;
  /** Steps without a value are left out. */
  readonly points: readonly CurvePoint[];
}

export type CurvePoint = readonly [step: number, value: number];

/** The losses before weighting, one curve a term. */
export function lossCurves(
  log: readonly LogRecord[],
  role: 'largest' | 'others',
): readonly Curve[] {
  const points = new Map<string, CurvePoint[]>();
  for (const { step, subnets } of log) {
    // A step's first subnet has the role of the largest.
    const own = role === 'largest' ? subnets.slice(0, 1) : subnets.slice(1);
    for (const term of new Set(own.flatMap(({ losses }) => Object.keys(losses)))) {
      const values = own.map(({ losses }) => losses[term]).filter(isNumber);
      if (values.length === 0) continue;
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const curve = points.get(term) ?? [];
      curve.push([step, mean]);
      points.set(term, curve);
    }
  }
  return [...points].map(([term, own]) => ({ name: termName(term), points: own }));
}

/** One quantity of each step. */
export function curveOf(
  name: string,
  log: readonly LogRecord[],
  read: (record: LogRecord) => number | null,
): Curve {
  const points = log.flatMap((record): CurvePoint[] => {
    const value = read(record);
    return isNumber(value) ? [[record.step, value]] : [];
  });
  return { name, points };
}

/** Share of a run's steps that one smoothed value is the mean of. */
const smoothedShare = 1 / 20;

/** The mean of the steps around each one; fewer at the ends, so that nothing lags behind. */
export function smoothed({ name, points }: Curve): Curve {
  const reach = Math.ceil((points.length * smoothedShare) / 2);
  const sums = [0];
  for (const [, value] of points) sums.push(sums.at(-1)! + value);
  return {
    name,
    points: points.map(([step], i): CurvePoint => {
      const from = Math.max(0, i - reach);
      const to = Math.min(points.length, i + reach + 1);
      return [step, (sums[to]! - sums[from]!) / (to - from)];
    }),
  };
}

/** `sourceCrossEntropy` as `source cross entropy`. */
function termName(term: string): string {
  return term.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/** JSON has null for what is not finite. */
function isNumber(value: number | null | undefined): value is number {
  return typeof value === 'number' && Number.isFinite(value);
}
