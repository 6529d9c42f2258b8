import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { openWasmWithKernels } from './backends.ts';

beforeAll(openWasmWithKernels);

test('rows of one segment are added up, and ids out of range left out', () => {
  const sums = tf.tidy(() =>
    tf
      .unsortedSegmentSum(
        tf.tensor2d([
          [1, 2],
          [10, 20],
          [100, 200],
          [7, 7],
        ]),
        tf.tensor1d([2, 0, 2, -1], 'int32'),
        3,
      )
      .arraySync(),
  );
  expect(sums).toEqual([
    [10, 20],
    [0, 0],
    [101, 202],
  ]);
});

test('gathering has a gradient', () => {
  const gradient = tf.tidy(() =>
    tf
      .grad((x) => tf.gather(x, tf.tensor1d([1, 1, 0], 'int32'), 1).mul([[1, 2, 4]]))(
        tf.zeros([2, 3]),
      )
      .arraySync(),
  );
  expect(gradient).toEqual([
    [4, 3, 0],
    [4, 3, 0],
  ]);
});
