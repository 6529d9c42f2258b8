import { type BitWidth, weightRange } from '../../quant/bits.ts';
import { inverseOfStep, requantize } from '../../quant/round.ts';
import { leastSquaresStep } from '../../quant/step.ts';

/** A layer's weights as integers: weight = steps[out] * integer. */
export interface QuantizedWeights {
  readonly bits: BitWidth;
  /** [out][tap][in]; [channel][tap] for depthwise */
  readonly weightsOhwi: Int8Array;
  /** One per output channel. */
  readonly steps: Float32Array;
}

/** Rounds weights with one least-squares step per output channel. */
export function quantizeWeights(
  weightsOhwi: Float32Array,
  outChannels: number,
  bits: BitWidth,
): QuantizedWeights {
  const range = weightRange(bits);
  const perOutput = weightsOhwi.length / outChannels;
  const integers = new Int8Array(weightsOhwi.length);
  const steps = new Float32Array(outChannels);
  for (let out = 0; out < outChannels; out++) {
    const begin = out * perOutput;
    const row = weightsOhwi.subarray(begin, begin + perOutput);
    steps[out] = leastSquaresStep(row, range);
    const inverse = inverseOfStep(steps[out]!);
    row.forEach((weight, i) => {
      integers[begin + i] = requantize(weight, inverse, range);
    });
  }
  return { bits, weightsOhwi: integers, steps };
}

/**
 * What a narrower subnet reads: the first output channels and, of each kernel position, the first inputs.
 * @param depth input channels of one output channel: 1 for depthwise
 */
export function sliceWeights(
  { bits, weightsOhwi, steps }: QuantizedWeights,
  taps: number,
  kept: { readonly outChannels: number; readonly depth: number },
): QuantizedWeights {
  const depth = weightsOhwi.length / (steps.length * taps);
  const rows = kept.outChannels * taps;
  const sliced = new Int8Array(rows * kept.depth);
  for (let row = 0; row < rows; row++) {
    const from = row * depth;
    sliced.set(weightsOhwi.subarray(from, from + kept.depth), row * kept.depth);
  }
  return { bits, weightsOhwi: sliced, steps: steps.subarray(0, kept.outChannels) };
}
