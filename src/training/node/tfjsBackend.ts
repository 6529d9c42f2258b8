import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import { RtfqError } from '../../errors.ts';
import { bestTrainingBuild } from '../kernels/trainingModule.ts';

/**
 * Makes tfjs compute with WebAssembly in Node.
 * @throws RtfqError `BACKEND_UNAVAILABLE`
 */
export async function openTfjsInNode(): Promise<void> {
  // Node 20 has relaxed SIMD behind this flag, for all threads and what they compile from now on.
  if (bestTrainingBuild() !== 'relaxed') {
    setFlagsFromString('--experimental-wasm-relaxed-simd');
  }
  const packageFile = createRequire(import.meta.url).resolve(
    '@tensorflow/tfjs-backend-wasm/package.json',
  );
  setWasmPaths(`${join(dirname(packageFile), 'dist')}/`);
  // No falling back: tfjs-cpu is 20 to 50 times slower.
  if (await tf.setBackend('wasm')) return;
  throw new RtfqError('BACKEND_UNAVAILABLE', 'tfjs could not start its WebAssembly backend');
}
