import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { computeOn, openWasmWithKernels, relativeError, type Values } from './backends.ts';

interface PoolCase {
  readonly shape: readonly [batch: number, height: number, width: number, channels: number];
  readonly kernel: readonly [number, number];
  readonly stride: number;
  /** top, left, bottom, right */
  readonly padding: readonly [number, number, number, number];
}

// A ResNet's.
const resnet = { kernel: [3, 3], stride: 2, padding: [1, 1, 1, 1] } as const;
const cases: readonly PoolCase[] = [
  { ...resnet, shape: [2, 8, 8, 8] },
  { ...resnet, shape: [3, 7, 9, 4] },
  { ...resnet, shape: [1, 1, 1, 5] },
  { ...resnet, shape: [2, 2, 13, 3] },
  { ...resnet, shape: [1, 6, 5, 19], padding: [0, 1, 1, 0] },
  { ...resnet, shape: [1, 12, 11, 2], padding: [0, 0, 0, 0] },
  { shape: [2, 9, 9, 6], kernel: [2, 3], stride: 1, padding: [1, 0, 0, 2] },
  { shape: [2, 9, 7, 9], kernel: [3, 2], stride: 3, padding: [0, 0, 0, 0] },
  { shape: [1, 5, 5, 17], kernel: [5, 5], stride: 1, padding: [4, 4, 4, 4] },
  { shape: [1, 6, 6, 1], kernel: [1, 1], stride: 2, padding: [0, 0, 0, 0] },
];

beforeAll(openWasmWithKernels);

function pool(x: tf.Tensor, { kernel, stride, padding }: PoolCase): tf.Tensor4D {
  const [top, left, bottom, right] = padding;
  const pad: tf.backend_util.ExplicitPadding = [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
  return tf.maxPool(x as tf.Tensor4D, [...kernel], stride, pad);
}

/** Values to pool: few levels make many of them equal. */
function pooledValues(seed: number, shape: readonly number[], levels: number): Values {
  const random = seededRandom(seed);
  const data = new Float32Array(tf.util.sizeFromShape([...shape]));
  return { shape, data: data.map(() => Math.floor(levels * (random() - 0.7))) };
}

describe('max pooling has the outputs and gradients of tfjs-cpu', () => {
  describe.each([
    ['inputs that are hardly ever equal', 2 ** 20],
    ['many that are', 3],
    ['all of them', 1],
  ])('with %s', (_, levels) => {
    test.each(cases)('$shape, kernel $kernel, stride $stride, padding $padding', async (own) => {
      const x = pooledValues(3, own.shape, levels);
      // Different for each output, so that one gradient in another's place shows.
      const compute = ([x]: tf.Tensor[]) => {
        const y = pool(x!, own);
        const dy = tf.range(1, y.size + 1).reshape(y.shape);
        return [y, tf.grad((x) => pool(x, own))(x!, dy)];
      };
      const actual = await computeOn('wasm', [x], compute);
      const expected = await computeOn('cpu', [x], compute);
      expect(actual[0]).toEqual(expected[0]);
      expect(relativeError(actual[1]!, expected[1]!)).toBeLessThan(1e-6);
    });
  });
});

test('of equal inputs the first, row by row, gets the gradient', async () => {
  const x = { shape: [1, 2, 3, 1], data: Float32Array.of(1, 5, 2, 5, 5, 0) };
  const gradientOf = ([x]: tf.Tensor[]) => [
    tf.grad((x: tf.Tensor) => tf.maxPool(x as tf.Tensor4D, [2, 3], 1, 'valid').mul(7))(x!),
  ];
  const [gradient] = await computeOn('wasm', [x], gradientOf);
  expect([...gradient!]).toEqual([0, 7, 0, 0, 0, 0]);
});
