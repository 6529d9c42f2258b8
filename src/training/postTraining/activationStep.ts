import type { IntegerRange } from '../../quant/bits.ts';
import { leastSquaresStep } from '../../quant/step.ts';

// A tensor's values are thinned out to about this many: large layers have tens of millions.
const sampledValues = 2 ** 17;
// Bins from zero to the largest magnitude: 8 to an 8-bit step.
const bins = 2048;

/** The least-squares step of an activation tensor, given in parts. */
export function activationStep(parts: readonly Float32Array[], range: IntegerRange): number {
  const sample = thinOut(parts);
  let largest = 0;
  for (const value of sample) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 1;
  const binWidth = largest / bins;
  const counts = new Float64Array(2 * bins + 1);
  for (const value of sample) counts[Math.round(value / binWidth) + bins]!++;
  const centres = Float64Array.from(counts, (_, bin) => (bin - bins) * binWidth);
  return leastSquaresStep(centres, range, counts);
}

function thinOut(parts: readonly Float32Array[]): Float32Array {
  const total = parts.reduce((sum, part) => sum + part.length, 0);
  // Odd, so that it meets all channels, whose number is even.
  const stride = Math.floor(total / sampledValues) | 1;
  const sample: number[] = [];
  for (const part of parts) {
    for (let i = 0; i < part.length; i += stride) sample.push(part[i]!);
  }
  return Float32Array.from(sample);
}
