import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { openWasmWithKernels } from './backends.ts';

beforeAll(openWasmWithKernels);

test('a clone shares its values, and either outlives the other', () => {
  const { numBytes, numDataBuffers } = tf.memory();
  for (const first of ['original', 'clone'] as const) {
    const original = tf.tensor1d([1, 2, 3]);
    const clone = original.clone();
    expect(tf.memory().numDataBuffers).toBe(numDataBuffers + 1);
    const [early, late] = first === 'original' ? [original, clone] : [clone, original];
    early.dispose();
    // What is allocated now must not take the place of the values.
    const others = Array.from({ length: 20 }, () => tf.fill([3], 9));
    expect([...late.dataSync()]).toEqual([1, 2, 3]);
    tf.dispose([late, others]);
  }
  expect(tf.memory().numBytes).toBe(numBytes);
  expect(tf.memory().numDataBuffers).toBe(numDataBuffers);
});

test('assigning to a variable leaves its clones alone', () => {
  const variable = tf.variable(tf.tensor1d([1, 2]));
  const clone = variable.clone();
  variable.assign(tf.tensor1d([3, 4]));
  expect([...clone.dataSync()]).toEqual([1, 2]);
  expect([...variable.dataSync()]).toEqual([3, 4]);
  tf.dispose([variable, clone]);
});

test.each([
  ['int32', tf.tensor1d, [1, -2]],
  ['bool', tf.tensor1d, [1, 0]],
  ['string', tf.tensor1d, ['a', 'ü']],
] as const)('%s tensors can be cloned', (dtype, tensor1d, values) => {
  const tensor = tensor1d([...values] as number[], dtype as 'int32');
  const clone = tensor.clone();
  tensor.dispose();
  expect(clone.dtype).toBe(dtype);
  expect([...clone.dataSync()]).toEqual([...values]);
  clone.dispose();
});
