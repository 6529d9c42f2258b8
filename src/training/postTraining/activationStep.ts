import type { IntegerRange } from '../../quant/bits.ts';
import { leastSquaresStep } from '../../quant/step.ts';
import { sampleChannels } from './sampleChannels.ts';

// A tensor's values are thinned out to about this many: large layers have tens of millions.
const sampledValues = 2 ** 17;
// Bins from zero to the largest magnitude: 8 to an 8-bit step.
const bins = 2048;

/**
 * The least-squares step of an activation tensor.
 * @param parts the tensor, cut between positions: [positions][channels] each
 */
export function activationStep(
  parts: readonly Float32Array[],
  channels: number,
  range: IntegerRange,
): number {
  const sample = sampleChannels(parts, channels, sampledValues);
  let largest = 0;
  for (const value of sample) largest = Math.max(largest, Math.abs(value));
  if (largest === 0) return 1;
  const binWidth = largest / bins;
  const counts = new Float64Array(2 * bins + 1);
  for (const value of sample) counts[Math.round(value / binWidth) + bins]!++;
  const centres = Float64Array.from(counts, (_, bin) => (bin - bins) * binWidth);
  return leastSquaresStep(centres, range, counts);
}
