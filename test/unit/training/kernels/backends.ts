import * as tf from '@tensorflow/tfjs';
import { vi } from 'vitest';
import { installTrainingKernels } from '../../../../src/training/kernels/install.ts';
import type { TrainingBuild } from '../../../../src/training/kernels/trainingModule.ts';
import { openTfjsInNode } from '../../../../src/training/node/tfjsBackend.ts';
import { seededRandom } from '../../../support/random.ts';

/** tfjs on wasm with the training kernels. */
export async function openWasmWithKernels(): Promise<void> {
  await openTfjsInNode();
  installTrainingKernels();
}

/** As `openWasmWithKernels`, on a new instance of the backend with one build of the kernels. */
export async function openWasmWithBuild(build: TrainingBuild): Promise<void> {
  await openTfjsInNode();
  const factory = tf.findBackendFactory('wasm');
  tf.removeBackend('wasm');
  tf.registerBackend('wasm', factory);
  await tf.setBackend('wasm');
  const validate = vi.spyOn(WebAssembly, 'validate').mockReturnValue(build === 'relaxed');
  try {
    installTrainingKernels();
  } finally {
    validate.mockRestore();
  }
}

/** A tensor's values and shape, away from any backend. */
export interface Values {
  readonly data: Float32Array;
  readonly shape: readonly number[];
}

/** Uniform values in [-1, 1). */
export function randomValues(seed: number, shape: readonly number[]): Values {
  const random = seededRandom(seed);
  const data = new Float32Array(tf.util.sizeFromShape([...shape]));
  return { shape, data: data.map(() => random() * 2 - 1) };
}

/** What a computation gives on a backend; it gets and gives tensors, all freed afterwards. */
export async function computeOn(
  backend: 'wasm' | 'cpu',
  inputs: readonly Values[],
  compute: (tensors: tf.Tensor[]) => tf.Tensor[],
): Promise<Float32Array[]> {
  await tf.setBackend(backend);
  const outputs = tf.tidy(() =>
    compute(inputs.map(({ data, shape }) => tf.tensor(data, [...shape]))).map(
      (output) => output.dataSync() as Float32Array,
    ),
  );
  await tf.setBackend('wasm');
  return outputs;
}

/** The largest difference between two results, as a share of the largest expected magnitude. */
export function relativeError(actual: Float32Array, expected: Float32Array): number {
  if (actual.length !== expected.length) return Number.NaN;
  let difference = 0;
  let magnitude = 0;
  actual.forEach((value, i) => {
    const error = Math.abs(value - expected[i]!);
    difference = Number.isNaN(error) ? Number.NaN : Math.max(difference, error);
    magnitude = Math.max(magnitude, Math.abs(expected[i]!));
  });
  return magnitude === 0 ? difference : difference / magnitude;
}
