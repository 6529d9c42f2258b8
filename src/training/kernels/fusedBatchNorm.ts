import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { hasBatchNormKernels, kernelBatchNorm } from './batchNormKernels.ts';
import type { Activation } from './batchNormMath.ts';
import { plainBatchNorm } from './plainBatchNorm.ts';

export interface BatchNormOptions {
  /** Added to the variance. */
  readonly epsilon: number;
  readonly activation: Activation;
  /**
   * Shown the batch's mean and 1 / sqrt(biased variance + epsilon), each [channels]. The tensors are freed
   * after the call: clone and keep what is to stay.
   */
  readonly onStatistics?: (mean: tf.Tensor1D, inverseStd: tf.Tensor1D) => void;
}

/**
 * Batch normalisation with the batch's own statistics over all axes but the last, then the activation;
 * differentiable once by x, gamma and beta. One kernel each way on tfjs's wasm backend after
 * `installTrainingKernels`, plain tfjs operations elsewhere.
 *
 * @param x [..., channels]
 * @param gamma [channels]
 * @param beta [channels]
 * @throws RtfqError `INVALID_ARGUMENT` where the shapes do not fit
 */
export function fusedBatchNorm<X extends tf.Tensor>(
  x: X,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  { epsilon, activation, onStatistics }: BatchNormOptions,
): X {
  checkShapes(x, gamma, beta);
  const math = hasBatchNormKernels() ? kernelBatchNorm : plainBatchNorm;
  const operation = tf.customGrad((...tensors) => {
    const [x, gamma, beta, save] = tensors as unknown as [
      tf.Tensor,
      tf.Tensor1D,
      tf.Tensor1D,
      tf.GradSaveFunc,
    ];
    const { y, mean, inverseStd } = math.forward(x, gamma, beta, epsilon, activation);
    onStatistics?.(mean, inverseStd);
    save([x, mean, inverseStd, gamma, beta]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, ...perChannel] = saved as [tf.Tensor, ...tf.Tensor1D[]];
      const [mean, inverseStd, gamma, beta] = perChannel as [
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Tensor1D,
        tf.Tensor1D,
      ];
      return math.backward({ x, dy, mean, inverseStd, gamma, beta }, activation);
    };
    return { value: y, gradFunc };
  });
  return operation(x, gamma, beta) as X;
}

function checkShapes(x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): void {
  const channels = x.shape.at(-1);
  const fits = [gamma, beta].every(({ shape }) => shape.length === 1 && shape[0] === channels);
  if (fits && x.dtype === 'float32') return;
  throw new RtfqError('INVALID_ARGUMENT', 'gamma and beta must be [channels] of a float x', {
    got: `x [${x.shape}] ${x.dtype}, gamma [${gamma.shape}], beta [${beta.shape}]`,
    expected: `[${channels}]`,
  });
}
