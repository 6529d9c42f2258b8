import * as tf from '@tensorflow/tfjs';
import { type Activation, type BatchNormMath, clampOf } from './batchNormMath.ts';
import { wasmKernel } from './wasmKernel.ts';

const forwardName = 'RtfqBatchNorm';
const backwardName = 'RtfqBatchNormGradient';
const floatBytes = 4;

export const batchNormKernels: readonly tf.KernelConfig[] = [
  wasmKernel<'x' | 'gamma' | 'beta', { readonly epsilon: number; readonly activation: Activation }>(
    forwardName,
    ({ inputs: { x, gamma, beta }, attributes: { epsilon, activation }, memory }) => {
      const { rows, channels } = rowsOf(x);
      const clamp = clampOf(activation);
      const y = memory.makeFloats(x.shape);
      const mean = memory.makeFloats([channels]);
      const inverseStd = memory.makeFloats([channels]);
      memory.withScratch(channels * floatBytes, (scratch) => {
        memory.module.normalize(
          memory.addressOf(x),
          memory.addressOf(gamma),
          memory.addressOf(beta),
          memory.addressOf(y),
          memory.addressOf(mean),
          memory.addressOf(inverseStd),
          rows,
          channels,
          epsilon,
          clamp.min,
          clamp.max,
          scratch,
        );
      });
      return [y, mean, inverseStd];
    },
  ),
  wasmKernel<
    'x' | 'dy' | 'mean' | 'inverseStd' | 'gamma' | 'beta',
    { readonly activation: Activation }
  >(backwardName, ({ inputs, attributes: { activation }, memory }) => {
    const { rows, channels } = rowsOf(inputs.x);
    const clamp = clampOf(activation);
    const dx = memory.makeFloats(inputs.x.shape);
    const dGamma = memory.makeFloats([channels]);
    const dBeta = memory.makeFloats([channels]);
    memory.withScratch(3 * channels * floatBytes, (scratch) => {
      memory.module.normalizeGradient(
        memory.addressOf(inputs.x),
        memory.addressOf(inputs.dy),
        memory.addressOf(inputs.mean),
        memory.addressOf(inputs.inverseStd),
        memory.addressOf(inputs.gamma),
        memory.addressOf(inputs.beta),
        memory.addressOf(dx),
        memory.addressOf(dGamma),
        memory.addressOf(dBeta),
        rows,
        channels,
        clamp.min,
        clamp.max,
        scratch,
      );
    });
    return [dx, dGamma, dBeta];
  }),
];

/** Batch normalisation by one kernel each way, where `installTrainingKernels` has put them. */
export const kernelBatchNorm: BatchNormMath = {
  forward(x, gamma, beta, epsilon, activation) {
    const outputs: tf.Tensor[] = tf
      .engine()
      .runKernel(forwardName, { x, gamma, beta }, { epsilon, activation });
    const [y, mean, inverseStd] = outputs as [tf.Tensor, tf.Tensor1D, tf.Tensor1D];
    return { y, mean, inverseStd };
  },

  backward(inputs, activation) {
    return tf.engine().runKernel(backwardName, { ...inputs }, { activation });
  },
};

export function hasBatchNormKernels(): boolean {
  return tf.getKernel(forwardName, tf.getBackend()) !== undefined;
}

function rowsOf({ shape }: tf.TensorInfo): { rows: number; channels: number } {
  const channels = shape.at(-1)!;
  return { rows: tf.util.sizeFromShape(shape) / channels, channels };
}
