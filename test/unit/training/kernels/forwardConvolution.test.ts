import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { computeOn, openWasmWithBuild, randomValues, relativeError } from './backends.ts';

// Sums of a few hundred f32 products, against sums in double precision.
const tolerance = 1e-6;

type Pad = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

const explicit: Pad = [
  [0, 0],
  [0, 1],
  [1, 2],
  [0, 0],
];

// Around the least input channels that are ours, and the rows and columns of a tile.
const inChannelCounts = [15, 16, 17, 20, 33, 48];
const outChannelCounts = [1, 4, 5, 7, 8, 9, 12, 16, 17, 24];

const seeds = Array.from({ length: 30 }, (_, i) => 4000 + i);

function randomCase(seed: number) {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const [kernelHeight, kernelWidth] = pick([
    [1, 1] as const,
    [1, 1] as const,
    [3, 3] as const,
    [2, 3] as const,
  ]);
  const inChannels = pick(inChannelCounts);
  return {
    // More positions than a block in some: 2 x 9 x 11.
    x: [pick([1, 2]), pick([3, 4, 9]), pick([3, 5, 11]), inChannels],
    filter: [kernelHeight, kernelWidth, inChannels, pick(outChannelCounts)],
    strides: pick([1, 1, 2]),
    pad: pick<Pad>(['same', 'valid', explicit]),
  };
}

type Convolve = (x: tf.Tensor4D, filter: tf.Tensor4D, bias: tf.Tensor1D) => tf.Tensor;

async function expectSame(
  seed: number,
  xShape: readonly number[],
  filterShape: readonly number[],
  convolve: Convolve,
): Promise<void> {
  const inputs = [
    randomValues(seed, xShape),
    randomValues(seed + 1, filterShape),
    randomValues(seed + 2, [filterShape[3]!]),
  ];
  const compute = ([x, filter, bias]: tf.Tensor[]) => [
    convolve(x as tf.Tensor4D, filter as tf.Tensor4D, bias as tf.Tensor1D),
  ];
  const [actual] = await computeOn('wasm', inputs, compute);
  const [expected] = await computeOn('cpu', inputs, compute);
  expect(relativeError(actual!, expected!)).toBeLessThan(tolerance);
}

describe.each(['relaxed', 'simd128'] as const)('%s', (build) => {
  beforeAll(() => openWasmWithBuild(build));

  test.each(seeds)('a convolution is that of tfjs-cpu, seed %i', async (seed) => {
    const { x, filter, strides, pad } = randomCase(seed);
    await expectSame(seed, x, filter, (x, filter) => tf.conv2d(x, filter, strides, pad));
    await expectSame(seed, x, filter, (x, filter) => tf.fused.conv2d({ x, filter, strides, pad }));
  });
});

describe('what is given besides the tensors still counts', () => {
  const options = { strides: 1, pad: 'same' } as const;

  test.each<[string, Convolve]>([
    ['a bias', (x, filter, bias) => tf.fused.conv2d({ ...options, x, filter, bias })],
    [
      'an activation',
      (x, filter) => tf.fused.conv2d({ ...options, x, filter, activation: 'relu6' }),
    ],
    ['a dilation', (x, filter) => tf.conv2d(x, filter, 1, 'same', 'NHWC', 2)],
  ])('%s', async (_, convolve) => {
    await expectSame(41, [2, 6, 5, 16], [3, 3, 16, 8], convolve);
  });
});
