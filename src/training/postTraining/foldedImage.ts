import type { PixelNormalisation } from '../checkpointConventions.ts';
import type { FloatLayer } from '../floatNetwork.ts';

type Rgb = readonly [number, number, number];

/** Whole pixel values that zero padding stands for: the rounded means. */
export function imageZeroPoint({ mean }: PixelNormalisation): Rgb {
  return [Math.round(mean[0]), Math.round(mean[1]), Math.round(mean[2])];
}

/**
 * A layer that reads pixels minus zero point in place of normalised ones (numeric contract, rule 7):
 *   (p - mean) / std = (p - zeroPoint) * k + (zeroPoint - mean) * k,  k = 1 / std.
 * The first k goes into the weights, the rest, summed over a window, into the bias: exact but for windows
 * that reach into the padding, where it is off by less than half a pixel value.
 */
export function foldImageNormalisation(
  { layer, weightsOhwi, bias }: FloatLayer,
  normalisation: PixelNormalisation,
): FloatLayer {
  const zeroPoint = imageZeroPoint(normalisation);
  const perOutput = weightsOhwi.length / layer.outChannels;
  const folded = new Float32Array(weightsOhwi.length);
  const foldedBias = Float64Array.from(bias);
  weightsOhwi.forEach((weight, i) => {
    const channel = i % 3;
    folded[i] = weight / normalisation.std[channel]!;
    const rest = (zeroPoint[channel]! - normalisation.mean[channel]!) / normalisation.std[channel]!;
    foldedBias[Math.floor(i / perOutput)]! += weight * rest;
  });
  return { layer, weightsOhwi: folded, bias: Float32Array.from(foldedBias) };
}

/** What `foldImageNormalisation` folds, unfolded again: weights for normalised pixels. */
export function unfoldImageNormalisation(
  { layer, weightsOhwi, bias }: FloatLayer,
  { mean, std }: PixelNormalisation,
): FloatLayer {
  const zeroPoint = imageZeroPoint({ mean, std });
  const perOutput = weightsOhwi.length / layer.outChannels;
  const unfoldedBias = Float64Array.from(bias);
  weightsOhwi.forEach((weight, i) => {
    const rest = zeroPoint[i % 3]! - mean[i % 3]!;
    unfoldedBias[Math.floor(i / perOutput)]! -= weight * rest;
  });
  return {
    layer,
    weightsOhwi: weightsOhwi.map((weight, i) => weight * std[i % 3]!),
    bias: Float32Array.from(unfoldedBias),
  };
}
