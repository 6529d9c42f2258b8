import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { batchNormKernels } from './batchNormKernels.ts';
import { convKernels } from './convKernels.ts';
import { fakeQuantizeKernels } from './fakeQuantizeKernels.ts';
import { replaceForwardConvolutions } from './forwardConvolution.ts';
import { identityKernel } from './identity.ts';
import { maxPoolGradKernel } from './maxPoolKernels.ts';
import { segmentSumKernel } from './segmentSum.ts';
import { attachTo } from './wasmKernel.ts';

// The layout of the backend's memory is no public API: it is known for this version alone.
const knownVersion = '4.22.0';

const kernels: readonly tf.KernelConfig[] = [
  ...convKernels,
  maxPoolGradKernel,
  segmentSumKernel,
  identityKernel,
  ...batchNormKernels,
  ...fakeQuantizeKernels,
];

/**
 * Gives tfjs's wasm backend the gradient kernels that training needs, faster convolutions, and the fused
 * kernels that `fusedBatchNorm` and `fakeQuantize` use. To be called after `tf.ready()` with the backend
 * `wasm`, for each new instance of it; calling it again does nothing.
 *
 * @throws RtfqError `BACKEND_UNAVAILABLE` where another backend is active, tfjs is another version than
 * 4.22.0, its wasm backend is not laid out as that version's, or the engine has no WebAssembly SIMD
 */
export function installTrainingKernels(): void {
  const name = tf.getBackend();
  if (name !== 'wasm') {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'the training kernels are for tfjs on wasm', {
      got: name,
      expected: 'wasm',
      hint: "await tf.setBackend('wasm') first; other backends need no kernels",
    });
  }
  if (tf.version_core !== knownVersion) {
    throw new RtfqError('BACKEND_UNAVAILABLE', 'the training kernels do not know this tfjs', {
      got: tf.version_core,
      expected: knownVersion,
    });
  }
  attachTo(tf.backend());
  for (const kernel of kernels) register(kernel);
  replaceForwardConvolutions();
}

function register(kernel: tf.KernelConfig): void {
  const registered = tf.getKernel(kernel.kernelName, 'wasm');
  if (registered?.kernelFunc === kernel.kernelFunc) return;
  // tfjs warns when a kernel is registered over another; one of ours replaces a slow one of its own.
  if (registered !== undefined) tf.unregisterKernel(kernel.kernelName, 'wasm');
  tf.registerKernel(kernel);
}
