/** What a frame's probabilities are averaged with. */
export interface SmoothingStep {
  /** The average up to the frame before, by class; null for the first frame of a source. */
  readonly average: Float64Array | null;
  /** From the frame before to this one. */
  readonly elapsedMs: number;
  /** After a change, the average has covered 63 % of the way once this long has passed. */
  readonly timeConstantMs: number;
}

/**
 * The exponential average over time of a source's probabilities, one more frame included:
 *
 *     average' = average + (1 - exp(-elapsedMs / timeConstantMs)) (probabilities - average)
 *
 * Time decides, not the number of frames: whatever the pace, and whichever subnet ran, what lies a time constant
 * back weighs 37 %. (A. Eckner, "Algorithms for Unevenly Spaced Time Series: Moving Averages and Other Rolling
 * Operators", 2019, `EMA_next`.) A sum of 1 stays 1. An average of another number of classes counts as none.
 */
export function smoothed(probabilities: Float64Array, step: SmoothingStep): Float64Array {
  const { average, elapsedMs, timeConstantMs } = step;
  if (average?.length !== probabilities.length) return probabilities;
  const weight = -Math.expm1(-Math.max(0, elapsedMs) / timeConstantMs);
  return average.map((before, i) => before + weight * (probabilities[i]! - before));
}
