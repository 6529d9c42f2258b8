import { expect, test } from 'vitest';
import type { MaxPoolShape } from '../../../src/kernels/maxPool/contract.ts';
import { largestUnderKernel } from '../../../src/kernels/maxPool/reference.ts';

const shape: MaxPoolShape = {
  inHeight: 3,
  inWidth: 4,
  outHeight: 2,
  outWidth: 2,
  channels: 1,
  kernelHeight: 3,
  kernelWidth: 3,
  stride: 2,
  padTop: 1,
  padLeft: 1,
};

test('max pooling takes the largest input under each kernel', () => {
  const input = Int16Array.of(1, 2, 9, 4, 5, 6, 7, 8, 3, 2, 1, 0);
  expect([...largestUnderKernel(input, shape)]).toEqual([6, 9, 6, 8]);
});

test('padding never wins, not over negative numbers either', () => {
  const input = Int16Array.of(-5, -9, -9, -3, -9, -9, -9, -9, -128, -9, -9, -2);
  expect([...largestUnderKernel(input, shape)]).toEqual([-5, -3, -9, -2]);
});

test('each channel has a largest input of its own', () => {
  const input = Int16Array.of(1, -8, 7, -2, 3, -6);
  const row = { ...shape, inHeight: 1, inWidth: 3, outHeight: 1, outWidth: 2, channels: 2 };
  expect([...largestUnderKernel(input, row)]).toEqual([7, -2, 7, -2]);
});
