import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { seededRandom } from '../../../support/random.ts';
import { computeOn, openWasmWithBuild, randomValues, relativeError } from './backends.ts';

type Pad = 'same' | 'valid' | tf.backend_util.ExplicitPadding;

interface ConvCase {
  readonly batch: number;
  readonly height: number;
  readonly width: number;
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernel: readonly [number, number];
  readonly stride: number;
  readonly pad: Pad;
}

// Sums of a few thousand f32 products, against sums in double precision.
const tolerance = 3e-6;

const explicit = (
  top: number,
  bottom: number,
  left: number,
  right: number,
): tf.backend_util.ExplicitPadding => [
  [0, 0],
  [top, bottom],
  [left, right],
  [0, 0],
];

const base: ConvCase = {
  batch: 2,
  height: 6,
  width: 5,
  inChannels: 8,
  outChannels: 8,
  kernel: [3, 3],
  stride: 1,
  pad: 'same',
};

const chosen: readonly ConvCase[] = [
  base,
  { ...base, stride: 2 },
  { ...base, pad: 'valid' },
  { ...base, stride: 2, pad: 'valid' },
  { ...base, kernel: [1, 1] },
  { ...base, kernel: [1, 1], stride: 2, pad: 'valid' },
  { ...base, height: 1, width: 1 },
  { ...base, height: 1, width: 1, kernel: [1, 1], inChannels: 33, outChannels: 17 },
  { ...base, height: 8, width: 8, stride: 2, pad: explicit(0, 1, 0, 1) },
  { ...base, height: 8, width: 8, stride: 2, pad: explicit(1, 1, 1, 1) },
  { ...base, height: 4, width: 9, kernel: [3, 1], pad: explicit(2, 0, 0, 0) },
  { ...base, height: 9, width: 9, inChannels: 3, outChannels: 5, stride: 2 },
  { ...base, height: 12, width: 11, kernel: [1, 1], inChannels: 19, outChannels: 23 },
  { ...base, height: 2, width: 2, kernel: [5, 5] },
  { ...base, batch: 3, height: 13, width: 13, kernel: [7, 7], inChannels: 3, stride: 2 },
  { ...base, height: 7, width: 7, stride: 3 },
];

// Around the widths of vectors and tiles.
const channelCounts = [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 20, 31, 33];

function randomCase(seed: number): ConvCase {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  return {
    batch: pick([1, 2, 3]),
    height: pick([3, 4, 5, 8, 11]),
    width: pick([3, 4, 6, 7, 12]),
    inChannels: pick(channelCounts),
    outChannels: pick(channelCounts),
    kernel: pick([[1, 1] as const, [3, 3] as const, [2, 3] as const]),
    stride: pick([1, 2]),
    pad: pick(['same' as const, 'valid' as const, explicit(1, 1, 1, 1), explicit(0, 1, 0, 1)]),
  };
}

function nameOf({ batch, height, width, kernel, pad, ...rest }: ConvCase): string {
  const padding = typeof pad === 'string' ? pad : pad.slice(1, 3).flat().join();
  const channels = `${rest.inChannels}->${rest.outChannels}`;
  return `${batch}x${height}x${width} ${channels} kernel ${kernel} stride ${rest.stride} pad ${padding}`;
}

const seeds = Array.from({ length: 40 }, (_, i) => 1000 + i);
const cases: [string, number, ConvCase][] = [
  ...chosen.map((shape, i): [string, number, ConvCase] => [nameOf(shape), i, shape]),
  ...seeds.map((seed): [string, number, ConvCase] => {
    const shape = randomCase(seed);
    return [`seed ${seed}: ${nameOf(shape)}`, seed, shape];
  }),
];

async function expectSameGradients(
  shape: ConvCase,
  seed: number,
  filterShape: readonly number[],
  convolve: (x: tf.Tensor4D, filter: tf.Tensor4D, shape: ConvCase) => tf.Tensor4D,
): Promise<void> {
  const inputs = [
    randomValues(seed, [shape.batch, shape.height, shape.width, shape.inChannels]),
    randomValues(seed + 1, filterShape),
  ];
  const gradients = tf.grads((x: tf.Tensor, filter: tf.Tensor) =>
    convolve(x as tf.Tensor4D, filter as tf.Tensor4D, shape).square(),
  );
  const actual = await computeOn('wasm', inputs, gradients);
  const expected = await computeOn('cpu', inputs, gradients);
  expect(relativeError(actual[0]!, expected[0]!), 'by the input').toBeLessThan(tolerance);
  expect(relativeError(actual[1]!, expected[1]!), 'by the filter').toBeLessThan(tolerance);
}

describe.each(['relaxed', 'simd128'] as const)('%s', (build) => {
  beforeAll(() => openWasmWithBuild(build));

  describe('a convolution has the gradients of tfjs-cpu', () => {
    test.each(cases)('%s', async (_, seed, shape) => {
      const filterShape = [...shape.kernel, shape.inChannels, shape.outChannels];
      await expectSameGradients(shape, seed, filterShape, (x, filter, { stride, pad }) =>
        tf.conv2d(x, filter, stride, pad),
      );
    });
  });

  describe('a depthwise convolution has the gradients of tfjs-cpu', () => {
    test.each(cases)('%s', async (_, seed, shape) => {
      const filterShape = [...shape.kernel, shape.inChannels, 1];
      await expectSameGradients(shape, seed, filterShape, (x, filter, { stride, pad }) =>
        // The declaration lags behind: depthwise kernels take explicit padding like the others.
        tf.depthwiseConv2d(x, filter, stride, pad as 'same'),
      );
    });
  });

  test('a convolution larger than a block of positions has the gradients of tfjs-cpu', async () => {
    const shape = { ...base, batch: 1, height: 23, width: 21, inChannels: 9, outChannels: 10 };
    await expectSameGradients(shape, 7, [3, 3, 9, 10], (x, filter) =>
      tf.conv2d(x, filter, 1, 'same'),
    );
  });
});

test('what the kernels do not compute is refused by name', () => {
  const x = tf.zeros<tf.Rank.R4>([1, 4, 4, 2]);
  const filter = tf.zeros<tf.Rank.R4>([3, 3, 2, 2]);
  const gradient = tf.grads((x: tf.Tensor, filter: tf.Tensor) =>
    tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, 1, 'same'),
  );
  expect(() => gradient([x, filter])).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', got: '2', expected: '1' }),
  );
  const dilated = () =>
    tf
      .engine()
      .runKernel(
        'DepthwiseConv2dNativeBackpropInput',
        { dy: x, filter: tf.zeros([3, 3, 2, 1]) },
        { strides: 1, pad: 'same', dilations: [2, 2], inputShape: [1, 4, 4, 2] },
      );
  expect(dilated).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
});
