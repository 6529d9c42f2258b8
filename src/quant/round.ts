import type { IntegerRange } from './bits.ts';

// 1.5 * 2^23: adding it to an f32 of magnitude below 2^22 leaves no fraction bits, so that the f32
// addition itself rounds, ties to even, as the hardware's f32x4.nearest does.
const roundingShift = 12582912;

/**
 * Ties to even in f32; exact for |x| <= 2^22. THE rounding rule: every backend rounds like this
 * (`f32x4.nearest`, WGSL `round`, `tf.round`); `Math.round` does not.
 */
export function roundTiesToEven(x: number): number {
  return Math.fround(Math.fround(x + roundingShift) - roundingShift);
}

/**
 * q = clamp(roundTiesToEven(y * inverseStep), min, max), all in f32 (numeric contract, rule 5).
 * The clamp comes first here: the bounds are whole numbers, so the order does not change the result,
 * and it keeps huge y within the exact range of the rounding.
 */
export function requantize(y: number, inverseStep: number, range: IntegerRange): number {
  const scaled = Math.fround(y * inverseStep);
  return roundTiesToEven(Math.min(Math.max(scaled, range.min), range.max));
}

/** The factor that `requantize` multiplies with: one f32 division, done once, the same everywhere. */
export function inverseOfStep(step: number): number {
  return Math.fround(1 / Math.fround(step));
}
