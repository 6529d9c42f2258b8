import type { LayerTable } from '../model/table.ts';
import { weightRange } from '../quant/bits.ts';
import type { ConvNode } from './peerGraph.ts';

/** Leaves room in int32 for the sum of products beside the bias. */
const largestBias = 2 ** 30;
/** Output steps that a unit of the accumulator may be at least: less moves no result, and peers refuse it. */
const smallestScale = 2 ** -24;

export interface FoldedWeights extends Pick<ConvNode, 'weightSteps' | 'bias'> {
  readonly weights: Int8Array;
}

/**
 * Our epilogue y = m * acc + beta, m and beta f32 of any sign and size, as peers have it: a positive step
 * per output channel and an int32 bias in units of m. What differs:
 *   - beta is rounded to half a unit of the accumulator;
 *   - where m is negative the weights change their sign, and -128, which has no negative, becomes 127;
 *   - where m is so small that beta does not fit into int32, or that no sum of products reaches a step of
 *     the output (channels that training has switched off), the unit is enlarged and the weights rounded
 *     to it.
 *
 * @param weights [out][whatever follows]
 */
export function foldWeights(
  weights: Int8Array,
  table: LayerTable,
  inputStep: number,
  outputStep: number,
): FoldedWeights {
  const channels = table.multiplier.length;
  const perChannel = weights.length / channels;
  const folded = new Int8Array(weights.length);
  const weightSteps = new Float32Array(channels);
  const bias = new Int32Array(channels);
  const { min, max } = weightRange(8);
  for (let o = 0; o < channels; o++) {
    const m = table.multiplier[o]!;
    const beta = table.bias[o]!;
    const unit = Math.max(Math.abs(m), Math.abs(beta) / largestBias, outputStep * smallestScale);
    const factor = m / unit;
    for (let i = o * perChannel; i < (o + 1) * perChannel; i++) {
      folded[i] = Math.min(max, Math.max(min, Math.round(weights[i]! * factor)));
    }
    weightSteps[o] = unit / inputStep;
    bias[o] = Math.round(beta / unit);
  }
  return { weights: folded, weightSteps, bias };
}
