import type * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './wasmKernel.ts';

/**
 * A second handle to the same values, as tfjs's other backends give; its own wasm kernel copies them. The
 * tape clones whatever a gradient needs, so that every activation would be copied in every step.
 */
export const identityKernel: tf.KernelConfig = wasmKernel<'x', undefined>(
  'Identity',
  ({ inputs: { x }, memory }) => memory.share(x),
);
