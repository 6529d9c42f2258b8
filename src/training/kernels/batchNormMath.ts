import type * as tf from '@tensorflow/tfjs';

/** What follows the normalisation, within the same kernel. */
export type Activation = 'none' | 'relu' | 'relu6';

/** What batch normalisation gives, besides what it keeps for its gradient. */
export interface Normalized {
  /** As x. */
  readonly y: tf.Tensor;
  /** [channels]: the batch's mean. */
  readonly mean: tf.Tensor1D;
  /** [channels]: 1 / sqrt(biased variance of the batch + epsilon). */
  readonly inverseStd: tf.Tensor1D;
}

/** Tensors that the gradient is computed from; x and dy are [..., channels], all else [channels]. */
export interface NormalizedInputs {
  readonly x: tf.Tensor;
  readonly dy: tf.Tensor;
  readonly mean: tf.Tensor1D;
  readonly inverseStd: tf.Tensor1D;
  readonly gamma: tf.Tensor1D;
  readonly beta: tf.Tensor1D;
}

/** Batch normalisation and its gradient; `fusedBatchNorm` makes one operation of the two. */
export interface BatchNormMath {
  forward(
    x: tf.Tensor,
    gamma: tf.Tensor1D,
    beta: tf.Tensor1D,
    epsilon: number,
    activation: Activation,
  ): Normalized;
  /** @returns the gradients by x, gamma and beta */
  backward(inputs: NormalizedInputs, activation: Activation): [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
}

/** The bounds that an activation clamps to. A gradient passes strictly between them. */
export function clampOf(activation: Activation): { readonly min: number; readonly max: number } {
  switch (activation) {
    case 'none':
      return { min: Number.NEGATIVE_INFINITY, max: Number.POSITIVE_INFINITY };
    case 'relu':
      return { min: 0, max: Number.POSITIVE_INFINITY };
    case 'relu6':
      return { min: 0, max: 6 };
    default:
      return activation satisfies never;
  }
}
