import { RtfqError } from '../errors.ts';
import type { IntegerRange } from './bits.ts';
import { inverseOfStep, requantize } from './round.ts';

// The search tries this many clipping points between these fractions of the largest magnitude.
// Measured on MobileNetV2: finer grids change no step by more than 1 %.
const candidates = 60;
const smallestFraction = 0.05;
// Values below this are zeros to any f32 sum, and their steps would leave the range of model tables.
const smallestMagnitude = 2 ** -100;

/**
 * The step s that minimises sum((x - s * clamp(round(x / s)))^2): least squared error, found by a grid
 * search over the clipping point. Such steps are what low bit-widths need to start from; steps from
 * maxima or quantiles leave 4-bit networks at chance.
 *
 * @param counts how often each value occurs (a histogram's bin counts); all ones when absent.
 * @throws RtfqError `INTERNAL` where a value is not finite
 */
export function leastSquaresStep(
  values: ArrayLike<number>,
  range: IntegerRange,
  counts?: ArrayLike<number>,
): number {
  let largest = 0;
  for (let i = 0; i < values.length; i++) largest = Math.max(largest, Math.abs(values[i]!));
  if (!Number.isFinite(largest)) {
    throw new RtfqError('INTERNAL', 'no step fits a value that is not finite', {
      got: `${largest}`,
    });
  }
  if (largest < smallestMagnitude) return 1; // any step represents all zeros
  let best = 0;
  let bestError = Number.POSITIVE_INFINITY;
  for (let i = 0; i < candidates; i++) {
    const fraction = smallestFraction + ((1 - smallestFraction) * (i + 1)) / candidates;
    const step = Math.fround((largest * fraction) / range.max);
    const error = quantizationError(values, step, range, counts);
    if (error < bestError) {
      bestError = error;
      best = step;
    }
  }
  return best;
}

function quantizationError(
  values: ArrayLike<number>,
  step: number,
  range: IntegerRange,
  counts: ArrayLike<number> | undefined,
): number {
  const inverse = inverseOfStep(step);
  let error = 0;
  for (let i = 0; i < values.length; i++) {
    const x = values[i]!;
    const difference = x - step * requantize(x, inverse, range);
    error += difference * difference * (counts === undefined ? 1 : counts[i]!);
  }
  return error;
}
