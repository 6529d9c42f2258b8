import type * as tf from '@tensorflow/tfjs';
import { type ConvAttributes, convGeometry, type Shape4D } from './convGeometry.ts';
import { withGeometry } from './convKernels.ts';
import { wasmKernel } from './wasmKernel.ts';

type PoolAttributes = Omit<ConvAttributes, 'dataFormat' | 'dilations'> & {
  readonly filterSize: readonly [number, number] | number;
};

/**
 * The gradient of `tf.maxPool`. Of several equal inputs tfjs's own kernel gives it to the last, where tfjs's
 * other backends and PyTorch give it to the first, and quantized inputs are often equal; it also takes 28
 * times as long (16 x 80 x 80 x 64 inputs, 3 x 3, stride 2: 290 ms against 10 on one core).
 */
export const maxPoolGradKernel: tf.KernelConfig = wasmKernel<
  'dy' | 'input' | 'output',
  PoolAttributes
>('MaxPoolGrad', ({ inputs: { dy, input, output }, attributes, memory }) => {
  const { filterSize } = attributes;
  const [height, width] = typeof filterSize === 'number' ? [filterSize, filterSize] : filterSize;
  const inShape = input.shape as Shape4D;
  const geometry = convGeometry(inShape, [height, width, inShape[3], 1], attributes, true);
  const dInput = memory.makeFloats(inShape);
  withGeometry(memory, geometry, 0, (at) => {
    memory.module.maxPoolGradient(
      at,
      memory.addressOf(input),
      memory.addressOf(output),
      memory.addressOf(dy),
      memory.addressOf(dInput),
    );
  });
  return dInput;
});
