import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../errors.ts';

/** Features of pictures, [pictures][dimension]. */
export interface Features {
  readonly dimension: number;
  readonly values: Float32Array;
}

export interface LinearClassifier {
  /** [classes][dimension] */
  readonly weights: Float32Array;
  readonly bias: Float32Array;
}

export interface FitOptions {
  /** Gradient steps, each on all pictures. */
  readonly steps: number;
  /** Weight of the squared weights in the loss. */
  readonly l2: number;
  readonly onStep?: ((step: number, steps: number) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

// Adam's; above its default, since a full batch's gradient has no noise.
const learningRate = 0.01;

/**
 * Fits a linear classifier on features, full batch, from zero: nothing is random, so that the same
 * features give the same classifier.
 * @param logitGradient the loss's gradient by the logits [pictures, classes], of that shape
 * @throws RtfqError `ABORTED`
 */
export async function fitLinear(
  { dimension, values }: Features,
  classCount: number,
  logitGradient: (logits: tf.Tensor2D) => tf.Tensor2D,
  { steps, l2, onStep, signal }: FitOptions,
): Promise<LinearClassifier> {
  const x = tf.tensor2d(values, [values.length / dimension, dimension]);
  // tfjs-wasm's product with a transposed operand is ten times slower than transposing once.
  const xTransposed = x.transpose();
  const weights = tf.variable(tf.zeros<tf.Rank.R2>([dimension, classCount]));
  const bias = tf.variable(tf.zeros<tf.Rank.R1>([classCount]));
  const optimizer = tf.train.adam(learningRate);
  try {
    for (let step = 1; step <= steps; step++) {
      const [weightsGradient, biasGradient] = tf.tidy(() => {
        const error = logitGradient(x.matMul<tf.Tensor2D>(weights).add<tf.Tensor2D>(bias));
        return [xTransposed.matMul(error).add(weights.mul(l2)), error.sum(0)] as const;
      });
      optimizer.applyGradients([
        { name: weights.name, tensor: weightsGradient },
        { name: bias.name, tensor: biasGradient },
      ]);
      tf.dispose([weightsGradient, biasGradient]);
      onStep?.(step, steps);
      await tf.nextFrame();
      throwIfAborted(signal);
    }
    const transposed = tf.tidy(() => weights.transpose().clone());
    const trained = {
      weights: (await transposed.data<'float32'>()).slice(),
      bias: (await bias.data<'float32'>()).slice(),
    };
    transposed.dispose();
    return trained;
  } finally {
    tf.dispose([x, xTransposed, weights, bias]);
    optimizer.dispose();
  }
}

export interface ChannelStatistics {
  readonly mean: Float64Array;
  readonly deviation: Float64Array;
}

// Keeps channels that are zero on all pictures from being divided by zero.
const smallestDeviation = 1e-3;

/** Of each feature over all pictures. */
export function channelStatistics({ dimension, values }: Features): ChannelStatistics {
  const count = values.length / dimension;
  const mean = new Float64Array(dimension);
  const square = new Float64Array(dimension);
  values.forEach((value, i) => {
    mean[i % dimension]! += value / count;
    square[i % dimension]! += (value * value) / count;
  });
  const deviation = square.map((value, channel) =>
    Math.max(smallestDeviation, Math.sqrt(Math.max(0, value - mean[channel]! ** 2))),
  );
  return { mean, deviation };
}

/** (x - mean) / deviation */
export function standardise(
  { dimension, values }: Features,
  { mean, deviation }: ChannelStatistics,
): Features {
  return {
    dimension,
    values: values.map((value, i) => (value - mean[i % dimension]!) / deviation[i % dimension]!),
  };
}

/** w (x - mean) / deviation + b as weights and bias for plain x. */
export function unfold(
  { weights, bias }: LinearClassifier,
  { mean, deviation }: ChannelStatistics,
): LinearClassifier {
  const dimension = mean.length;
  const unfolded = weights.map((weight, i) => weight / deviation[i % dimension]!);
  const shifted = Float64Array.from(bias);
  unfolded.forEach((weight, i) => {
    shifted[Math.floor(i / dimension)]! -= weight * mean[i % dimension]!;
  });
  return { weights: unfolded, bias: Float32Array.from(shifted) };
}

/** Features of several sets, one after another. */
export function joinFeatures(sets: readonly Features[]): Features {
  const values = new Float32Array(sets.reduce((sum, set) => sum + set.values.length, 0));
  let at = 0;
  for (const set of sets) {
    values.set(set.values, at);
    at += set.values.length;
  }
  return { dimension: sets[0]!.dimension, values };
}
