import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Activation } from '../../../../src/training/kernels/batchNormMath.ts';
import { fusedBatchNorm } from '../../../../src/training/kernels/fusedBatchNorm.ts';
import {
  computeOn,
  openWasmWithKernels,
  randomValues,
  relativeError,
  type Values,
} from './backends.ts';

const epsilon = 1e-3;
const tolerance = 5e-6;
const activations: readonly Activation[] = ['none', 'relu', 'relu6'];

// Around the widths of vectors and the rows of a block.
const shapes = [
  [2, 1],
  [5, 2],
  [1, 4],
  [2, 3, 3, 3],
  [2, 4, 4, 5],
  [1, 7, 9, 8],
  [3, 5, 5, 15],
  [3, 5, 5, 16],
  [2, 8, 8, 17],
  [2, 3, 1, 31],
  [1, 16, 16, 12],
  [1, 257, 1, 36],
  [2, 24, 24, 33],
];

const cases = shapes.flatMap((shape, i) =>
  activations.map((activation): [string, readonly number[], Activation, number] => {
    const seed = 2000 + i;
    return [`[${shape}] ${activation}, seed ${seed}`, shape, activation, seed];
  }),
);

beforeAll(openWasmWithKernels);

/** x, gamma, beta and dy; values spread so that both ends of a ReLU6 are met. */
function inputsOf(shape: readonly number[], seed: number): Values[] {
  const channels = [shape.at(-1)!];
  const x = randomValues(seed, shape);
  const beta = randomValues(seed + 2, channels);
  return [
    { shape, data: x.data.map((value, i) => value * 3 + (((i % channels[0]!) % 5) - 2)) },
    { shape: channels, data: randomValues(seed + 1, channels).data.map((value) => value * 3 + 4) },
    { shape: channels, data: beta.data.map((value) => value * 3 + 2) },
    randomValues(seed + 3, shape),
  ];
}

function fused(activation: Activation): (tensors: tf.Tensor[]) => tf.Tensor[] {
  return ([x, gamma, beta, dy]) => {
    const normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor =>
      fusedBatchNorm(x, gamma as tf.Tensor1D, beta as tf.Tensor1D, { epsilon, activation });
    const { value, grads } = tf.valueAndGrads(normalize)([x!, gamma!, beta!], dy!);
    return [value, ...grads];
  };
}

/** The same by tfjs's own operations and gradients. */
function composed(activation: Activation): (tensors: tf.Tensor[]) => tf.Tensor[] {
  return ([x, gamma, beta, dy]) => {
    const normalize = (x: tf.Tensor, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor => {
      const axes = x.shape.slice(0, -1).map((_, axis) => axis);
      const { mean, variance } = tf.moments(x, axes);
      const y = x.sub(mean).mul(variance.add(epsilon).rsqrt()).mul(gamma).add(beta);
      return activation === 'none' ? y : activation === 'relu' ? y.relu() : y.relu6();
    };
    const { value, grads } = tf.valueAndGrads(normalize)([x!, gamma!, beta!], dy!);
    return [value, ...grads];
  };
}

function expectClose(actual: Float32Array[], expected: Float32Array[]): void {
  ['y', 'dx', 'dGamma', 'dBeta'].forEach((name, i) => {
    // Gradients by x cancel where there are few rows; what they are made of is of the order of 1.
    const scale = expected[i]!.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    const error = relativeError(actual[i]!, expected[i]!) * Math.min(1, scale);
    expect(error, name).toBeLessThan(tolerance);
  });
}

describe('the kernel agrees with composed operations on tfjs-cpu', () => {
  test.each(cases)('%s', async (_, shape, activation, seed) => {
    const inputs = inputsOf(shape, seed);
    const expected = await computeOn('cpu', inputs, composed(activation));
    expectClose(await computeOn('wasm', inputs, fused(activation)), expected);
  });
});

describe('the fallback agrees with composed operations on tfjs-cpu', () => {
  test.each(cases)('%s', async (_, shape, activation, seed) => {
    const inputs = inputsOf(shape, seed);
    const expected = await computeOn('cpu', inputs, composed(activation));
    expectClose(await computeOn('cpu', inputs, fused(activation)), expected);
  });
});

test('gradients agree with finite differences of the definition', async () => {
  const seed = 31;
  const inputs = inputsOf([3, 2, 2, 3], seed);
  const [, ...gradients] = await computeOn('wasm', inputs, fused('relu6'));
  const dy = inputs[3]!.data;
  const difference = 1e-5;
  gradients.forEach((gradient, argument) => {
    gradient.forEach((value, i) => {
      const at = (change: number): number => {
        const values = inputs.map(({ data }) => Float64Array.from(data));
        values[argument]![i]! += change;
        const y = definition(values[0]!, values[1]!, values[2]!);
        return y.reduce((sum, each, j) => sum + each * dy[j]!, 0);
      };
      const numeric = (at(difference) - at(-difference)) / (2 * difference);
      expect(value, `seed ${seed}, argument ${argument}, value ${i}`).toBeCloseTo(numeric, 4);
    });
  });
});

/** Batch normalisation and ReLU6 in double precision, straight from the formula. */
function definition(x: Float64Array, gamma: Float64Array, beta: Float64Array): Float64Array {
  const channels = gamma.length;
  return x.map((value, i) => {
    const channel = x.filter((_, j) => j % channels === i % channels);
    const mean = channel.reduce((sum, each) => sum + each, 0) / channel.length;
    const variance = channel.reduce((sum, each) => sum + (each - mean) ** 2, 0) / channel.length;
    const scale = gamma[i % channels]! / Math.sqrt(variance + epsilon);
    return Math.min(Math.max((value - mean) * scale + beta[i % channels]!, 0), 6);
  });
}

test('a mean far from zero costs no accuracy', async () => {
  const x = randomValues(5, [4, 40, 40, 6]);
  const far = { ...x, data: x.data.map((value) => value + 1000) };
  const ones = { shape: [6], data: new Float32Array(6).fill(1) };
  const zeros = { shape: [6], data: new Float32Array(6) };
  const [near] = await computeOn('wasm', [x, ones, zeros, x], fused('none'));
  const [shifted] = await computeOn('wasm', [far, ones, zeros, x], fused('none'));
  // 1000 leaves 2^-14 of a value of 1.
  expect(relativeError(shifted!, near!)).toBeLessThan(2e-4);
});

test('the statistics are shown', async () => {
  const x = { shape: [4, 1], data: Float32Array.of(1, 2, 3, 6) };
  const one = { shape: [1], data: Float32Array.of(1) };
  for (const backend of ['wasm', 'cpu'] as const) {
    const seen: number[] = [];
    await computeOn(backend, [x, one], ([x, one]) => {
      const onStatistics = (mean: tf.Tensor1D, inverseStd: tf.Tensor1D): void => {
        seen.push(mean.dataSync()[0]!, inverseStd.dataSync()[0]!);
      };
      const options = { epsilon: 0.5, activation: 'none', onStatistics } as const;
      return [fusedBatchNorm(x!, one as tf.Tensor1D, one as tf.Tensor1D, options)];
    });
    expect(seen[0]).toBeCloseTo(3, 6);
    expect(seen[1]).toBeCloseTo(0.5, 6); // variance 3.5
  }
});

test('NaN is not clamped away', async () => {
  const x = { shape: [2, 1], data: Float32Array.of(Number.NaN, 1) };
  const one = { shape: [1], data: Float32Array.of(1) };
  const dy = { shape: [2, 1], data: Float32Array.of(1, 1) };
  const [y] = await computeOn('wasm', [x, one, one, dy], fused('relu6'));
  expect([...y!]).toEqual([Number.NaN, Number.NaN]);
});

test('shapes that do not fit are refused', () => {
  const x = tf.zeros([2, 3]);
  const gamma = tf.zeros<tf.Rank.R1>([2]);
  expect(() => fusedBatchNorm(x, gamma, gamma, { epsilon, activation: 'none' })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
