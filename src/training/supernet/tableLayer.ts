import * as tf from '@tensorflow/tfjs';
import type { LayerTable } from '../../model/table.ts';
import { applyActivation, applyLayer } from '../layerTensors.ts';
import type { SupernetLayer } from './shape.ts';

/** What a layer has been given to compute with: real values that are integers times their steps. */
export interface QuantizedOperands {
  readonly input: tf.Tensor4D;
  /** [] */
  readonly inputStep: tf.Tensor | null;
  readonly weights: tf.Tensor4D | null;
  /** [outChannels] */
  readonly weightSteps: tf.Tensor | null;
}

/**
 * A layer as the exported model computes it (numeric contract, rules 3 and 4): sums of integers, which f32
 * holds exactly below 2^24, then the table's multiplier and bias. Sums of real values would differ from
 * those in their last bits, and behind 50 layers of rounding in some labels.
 */
export function applyTable(
  { layer }: SupernetLayer,
  operands: QuantizedOperands,
  residual: tf.Tensor4D | null,
  { multiplier, bias }: LayerTable,
): tf.Tensor4D {
  const { input, inputStep, weights, weightSteps } = operands;
  const integers = inputStep === null ? input : tf.round(input.div<tf.Tensor4D>(inputStep));
  const sums = applyLayer(layer, integers, weights && integerWeights(weights, weightSteps!));
  const exact = layer.op === 'averagePool' ? sumsOfMeans(sums, input) : sums;
  const output = exact.mul(tf.tensor1d(multiplier)).add<tf.Tensor4D>(tf.tensor1d(bias));
  const added = residual === null ? output : output.add<tf.Tensor4D>(residual);
  return applyActivation(layer.activation, added);
}

/** Output channels are the last axis, but for depthwise weights, [height, width, channels, 1]. */
function integerWeights(weights: tf.Tensor4D, steps: tf.Tensor): tf.Tensor4D {
  const isDepthwise = weights.shape[3] === 1 && steps.size > 1;
  return tf.round(weights.div<tf.Tensor4D>(isDepthwise ? steps.reshape([-1, 1]) : steps));
}

function sumsOfMeans(means: tf.Tensor4D, { shape: [, height, width] }: tf.Tensor4D): tf.Tensor4D {
  return tf.round(means.mul<tf.Tensor4D>(height * width));
}
