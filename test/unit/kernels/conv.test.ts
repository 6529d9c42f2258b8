import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { sumPositions } from '../../../src/kernels/averagePool/reference.ts';
import type { ConvShape } from '../../../src/kernels/conv/contract.ts';
import { convolve } from '../../../src/kernels/conv/reference.ts';
import { convolveDepthwise } from '../../../src/kernels/depthwise/reference.ts';

const seed = 1;

/** A convolution of one input and one output channel; the output's size follows from the padding. */
function shapeOf(
  [inHeight, inWidth]: readonly [number, number],
  [kernelHeight, kernelWidth]: readonly [number, number],
  stride: number,
  [padTop, padLeft, padBottom, padRight]: readonly [number, number, number, number],
): ConvShape {
  return {
    inHeight,
    inWidth,
    inChannels: 1,
    outHeight: Math.floor((inHeight + padTop + padBottom - kernelHeight) / stride) + 1,
    outWidth: Math.floor((inWidth + padLeft + padRight - kernelWidth) / stride) + 1,
    outChannels: 1,
    kernelHeight,
    kernelWidth,
    stride,
    padTop,
    padLeft,
  };
}

const nineNumbers = Int16Array.of(1, 2, 3, 4, 5, 6, 7, 8, 9);
const tenthPowers = Int8Array.of(1, 10, 100, 0, 0, 0, 0, 0, 0);

describe('the dense convolution', () => {
  test('of a 1 x 1 kernel is a matrix product at each position', () => {
    const shape = { ...shapeOf([1, 2], [1, 1], 1, [0, 0, 0, 0]), inChannels: 3, outChannels: 2 };
    const input = Int16Array.of(1, 2, 3, -4, 5, -6);
    const weights = Int8Array.of(1, 10, 100, -1, 0, 2);
    expect([...convolve(input, weights, shape)]).toEqual([321, 5, -4 + 50 - 600, 4 - 12]);
  });

  test('does not turn the kernel around', () => {
    const shape = shapeOf([3, 3], [3, 3], 1, [0, 0, 0, 0]);
    expect([...convolve(nineNumbers, tenthPowers, shape)]).toEqual([321]);
  });

  test('reads zeros beyond the edges: padding 1 all around', () => {
    const shape = shapeOf([3, 3], [3, 3], 1, [1, 1, 1, 1]);
    const ones = new Int8Array(9).fill(1);
    expect([...convolve(nineNumbers, ones, shape)]).toEqual([12, 21, 16, 27, 45, 33, 24, 39, 28]);
  });

  test('begins at the first row and column with TensorFlow’s padding (0, 0, 1, 1)', () => {
    const input = Int16Array.from({ length: 16 }, (_, i) => i + 1);
    const shape = shapeOf([4, 4], [3, 3], 2, [0, 0, 1, 1]);
    expect([shape.outHeight, shape.outWidth]).toEqual([2, 2]);
    const ones = new Int8Array(9).fill(1);
    expect([...convolve(input, ones, shape)]).toEqual([
      1 + 2 + 3 + 5 + 6 + 7 + 9 + 10 + 11,
      3 + 4 + 7 + 8 + 11 + 12,
      9 + 10 + 11 + 13 + 14 + 15,
      11 + 12 + 15 + 16,
    ]);
  });

  test('begins one before them with PyTorch’s padding (1, 1, 1, 1)', () => {
    const input = Int16Array.from({ length: 16 }, (_, i) => i + 1);
    const shape = shapeOf([4, 4], [3, 3], 2, [1, 1, 1, 1]);
    const ones = new Int8Array(9).fill(1);
    expect([...convolve(input, ones, shape)]).toEqual([
      1 + 2 + 5 + 6,
      2 + 3 + 4 + 6 + 7 + 8,
      5 + 6 + 9 + 10 + 13 + 14,
      6 + 7 + 8 + 10 + 11 + 12 + 14 + 15 + 16,
    ]);
  });

  test('takes kernels that are not square, and padding on one side only', () => {
    const shape = shapeOf([2, 3], [1, 2], 1, [0, 1, 0, 0]);
    const input = Int16Array.of(1, 2, 3, 4, 5, 6);
    expect([...convolve(input, Int8Array.of(10, 1), shape)]).toEqual([1, 12, 23, 4, 45, 56]);
  });

  test('leaves out rows and columns that its stride does not reach', () => {
    const shape = shapeOf([1, 6], [1, 1], 4, [0, 0, 0, 0]);
    expect([...convolve(Int16Array.of(1, 2, 3, 4, 5, 6), Int8Array.of(7), shape)]).toEqual([7, 35]);
  });

  test('is exact beyond the whole numbers of f32', () => {
    const inChannels = 65_793;
    const shape = { ...shapeOf([1, 1], [1, 1], 1, [0, 0, 0, 0]), inChannels };
    const input = new Int16Array(inChannels).fill(255);
    const weights = new Int8Array(inChannels).fill(-128);
    expect(convolve(input, weights, shape)[0]).toBe(-2_147_483_520);
    weights[0] = -127;
    input[0] = 1;
    expect(convolve(input, weights, shape)[0]).toBe(-2_147_483_520 + 128 * 255 - 127);
  });

  test('keeps padding zero where the image’s numbers have a sign', () => {
    const shape = shapeOf([1, 1], [3, 3], 1, [1, 1, 1, 1]);
    expect(convolve(Int16Array.of(-255), new Int8Array(9).fill(-128), shape)[0]).toBe(32_640);
  });
});

describe('the depthwise convolution', () => {
  test('gives each channel its own kernel and lets it see only itself', () => {
    const { inChannels: _, outChannels: __, ...shape } = shapeOf([2, 2], [2, 2], 1, [0, 0, 0, 0]);
    const input = Int16Array.of(1, -1, 2, -2, 3, -3, 4, -4);
    const weights = Int8Array.of(1, 10, 100, 0, 0, 0, 0, 5);
    const sums = convolveDepthwise(input, weights, { ...shape, channels: 2 });
    expect([...sums]).toEqual([321, -20]);
  });

  test('is a dense one whose other weights are zero', () => {
    const anyCase = fc.record({
      height: fc.integer({ min: 1, max: 6 }),
      width: fc.integer({ min: 1, max: 6 }),
      channels: fc.integer({ min: 1, max: 5 }),
      kernel: fc.constantFrom([1, 1] as const, [3, 3] as const, [2, 3] as const),
      stride: fc.integer({ min: 1, max: 3 }),
      pad: fc.constantFrom([1, 1, 1, 1] as const, [1, 2, 1, 0] as const),
      numbers: fc.infiniteStream(fc.integer({ min: -128, max: 127 })),
    });
    fc.assert(
      fc.property(anyCase, ({ height, width, channels, kernel, stride, pad, numbers }) => {
        const padding = kernel[0] === 1 ? ([0, 0, 0, 0] as const) : pad;
        const shape = shapeOf([height, width], kernel, stride, padding);
        fc.pre(shape.outHeight > 0 && shape.outWidth > 0);
        const taps = kernel[0] * kernel[1];
        const next = () => numbers.next().value as number;
        const input = Int16Array.from({ length: height * width * channels }, next);
        const weights = Int8Array.from({ length: channels * taps }, next);
        const dense = new Int8Array(channels * taps * channels);
        weights.forEach((weight, i) => {
          dense[i * channels + Math.floor(i / taps)] = weight;
        });
        const { inChannels: _, outChannels: __, ...spatial } = shape;
        expect(convolveDepthwise(input, weights, { ...spatial, channels })).toEqual(
          convolve(input, dense, { ...shape, inChannels: channels, outChannels: channels }),
        );
      }),
      { seed },
    );
  });
});

describe('global pooling', () => {
  test('adds up each channel over all positions', () => {
    const sums = sumPositions(Int16Array.of(1, -10, 2, -20, 3, -30), { positions: 3, channels: 2 });
    expect([...sums]).toEqual([6, -60]);
  });

  test('of one position is the input', () => {
    const sums = sumPositions(Int16Array.of(5, 0, -128), { positions: 1, channels: 3 });
    expect([...sums]).toEqual([5, 0, -128]);
  });
});
