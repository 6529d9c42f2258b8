import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { activationRange, weightRange } from '../../../../src/quant/bits.ts';
import { inverseOfStep, requantize } from '../../../../src/quant/round.ts';
import { fakeQuantize } from '../../../../src/training/kernels/fakeQuantize.ts';
import type { FakeQuantizeRange } from '../../../../src/training/kernels/fakeQuantizeMath.ts';
import { seededRandom } from '../../../support/random.ts';
import {
  computeOn,
  openWasmWithKernels,
  randomValues,
  relativeError,
  type Values,
} from './backends.ts';

interface QuantizeCase {
  readonly shape: readonly number[];
  readonly perChannel: boolean;
  readonly range: FakeQuantizeRange;
}

const tolerance = 3e-6;
const ranges = [
  weightRange(8),
  weightRange(4),
  activationRange(8, false),
  activationRange(6, true),
  activationRange(4, false),
];
const signedByte = { ...weightRange(8), gradScale: 1 };
const shapes = [
  [1],
  [3],
  [4, 1],
  [5],
  [2, 2, 2, 7],
  [3, 8],
  [1, 1, 5, 16],
  [3, 3, 2, 17],
  [70, 61],
];
const cases = shapes.flatMap((shape, i) =>
  [false, true].map((perChannel, j): [string, QuantizeCase, number] => {
    const range = { ...ranges[(2 * i + j) % ranges.length]!, gradScale: 0.125 };
    const seed = 3000 + 2 * i + j;
    const steps = perChannel ? 'a step per channel' : 'one step';
    const name = `[${shape}] to ${range.min}..${range.max}, ${steps}, seed ${seed}`;
    return [name, { shape, perChannel, range }, seed];
  }),
);

beforeAll(openWasmWithKernels);

/** x, steps and dy; a fifth of the values lie beyond the range, some on ties and bounds. */
function inputsOf({ shape, perChannel, range }: QuantizeCase, seed: number): Values[] {
  const random = seededRandom(seed);
  const channels = perChannel ? shape.at(-1)! : 1;
  const steps = Float32Array.from({ length: channels }, () => 0.01 + random() * 0.3);
  const x = randomValues(seed, shape);
  const span = (range.max - range.min) * 1.25;
  const data = x.data.map((_, i) => {
    const position = range.min - span / 10 + random() * span;
    const placed = random() < 0.2 ? Math.round(position * 2) / 2 : position;
    return placed * steps[i % channels]!;
  });
  return [
    { shape, data },
    { shape: perChannel ? [channels] : [], data: steps },
    randomValues(seed + 1, shape),
  ];
}

function valueAndGradients(range: FakeQuantizeRange): (tensors: tf.Tensor[]) => tf.Tensor[] {
  return ([x, step, dy]) => {
    const quantize = (x: tf.Tensor, step: tf.Tensor): tf.Tensor => fakeQuantize(x, step, range);
    const { value, grads } = tf.valueAndGrads(quantize)([x!, step!], dy!);
    return [value, ...grads];
  };
}

describe('rounds exactly as requantize, by kernel and by fallback', () => {
  test.each(cases)('%s', async (_, quantizeCase, seed) => {
    const inputs = inputsOf(quantizeCase, seed);
    const [{ data: x }, { data: steps }] = inputs as [Values, Values, Values];
    const expected = x.map((value, i) => {
      const step = steps[i % steps.length]!;
      return requantize(value, inverseOfStep(step), quantizeCase.range) * step;
    });
    const compute = valueAndGradients(quantizeCase.range);
    for (const backend of ['wasm', 'cpu'] as const) {
      const [y] = await computeOn(backend, inputs, compute);
      expect(y!.map(Math.abs), backend).toEqual(expected.map(Math.abs));
      expect(relativeError(y!, expected), backend).toBe(0);
    }
  });

  test('a hundred thousand random values, and every tie', async () => {
    const step = Math.fround(0.1);
    const random = seededRandom(17);
    const ties = Array.from({ length: 512 }, (_, i) => (i / 2 - 128) * step);
    const drawn = Array.from({ length: 100_000 }, () => (random() * 280 - 140) * step);
    const x = { shape: [ties.length + drawn.length], data: Float32Array.from([...ties, ...drawn]) };
    const expected = x.data.map(
      (value) => requantize(value, inverseOfStep(step), signedByte) * step,
    );
    const inputs = [x, { shape: [], data: Float32Array.of(step) }, x];
    for (const backend of ['wasm', 'cpu'] as const) {
      const [y] = await computeOn(backend, inputs, valueAndGradients(signedByte));
      expect(relativeError(y!, expected), backend).toBe(0);
    }
  });

  test('exact ties go to even', async () => {
    const x = { shape: [6], data: Float32Array.of(0.25, 0.75, 1.25, -0.25, -0.75, 1.75) };
    const step = { shape: [], data: Float32Array.of(0.5) };
    const [y] = await computeOn('wasm', [x, step, x], valueAndGradients(signedByte));
    expect([...y!].map((value) => value + 0)).toEqual([0, 1, 1, 0, -1, 2]);
  });
});

describe('the kernel has the gradients of the fallback', () => {
  test.each(cases)('%s', async (_, quantizeCase, seed) => {
    const inputs = inputsOf(quantizeCase, seed);
    const compute = valueAndGradients(quantizeCase.range);
    const [, dx, dStep] = await computeOn('wasm', inputs, compute);
    const [, expectedDx, expectedDStep] = await computeOn('cpu', inputs, compute);
    expect(dx).toEqual(expectedDx);
    expect(relativeError(dStep!, expectedDStep!)).toBeLessThan(tolerance);
  });
});

test('gradients follow LSQ by hand', async () => {
  const range = { min: -2, max: 1, gradScale: 0.5 };
  // x / s: below, at the lower bound, inside twice, at the upper bound, above.
  const x = { shape: [6], data: Float32Array.of(-5, -4, -0.6, 1.4, 2, 9) };
  const dy = { shape: [6], data: Float32Array.of(1, 10, 100, 1000, 10000, 100000) };
  const inputs = [x, { shape: [], data: Float32Array.of(2) }, dy];
  for (const backend of ['wasm', 'cpu'] as const) {
    const [y, dx, dStep] = await computeOn(backend, inputs, valueAndGradients(range));
    expect([...y!].map((value) => value + 0)).toEqual([-4, -4, 0, 2, 2, 2]);
    expect([...dx!]).toEqual([0, 0, 100, 1000, 0, 0]);
    const sum = -2 * 1 - 2 * 10 + 0.3 * 100 + 0.3 * 1000 + 1 * 10000 + 1 * 100000;
    expect(dStep![0]).toBeCloseTo(0.5 * sum, 1);
  }
});

test('the step has the gradient of the straight-through surrogate, by finite differences', async () => {
  const seed = 41;
  for (const perChannel of [false, true]) {
    const range = { ...weightRange(4), gradScale: 1 };
    const inputs = inputsOf({ shape: [11, 5], perChannel, range }, seed);
    const [x, steps, dy] = inputs.map(({ data }) => data) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ];
    const [, , dStep] = await computeOn('wasm', inputs, valueAndGradients(range));
    dStep!.forEach((gradient, channel) => {
      // What rounding adds is held fixed: y = (clamp(x / s) + rounding) * s.
      const at = (step: number): number => {
        let sum = 0;
        x.forEach((value, i) => {
          if (i % steps.length !== channel) return;
          const original = value * inverseOfStep(steps[channel]!);
          const clamped = Math.min(Math.max(original, range.min), range.max);
          const rounding = requantize(value, inverseOfStep(steps[channel]!), range) - clamped;
          const moved = Math.min(Math.max(value / step, range.min), range.max);
          sum += dy[i]! * (moved + rounding) * step;
        });
        return sum;
      };
      const step = steps[channel]!;
      const difference = 1e-7;
      const numeric = (at(step + difference) - at(step - difference)) / (2 * difference);
      // A value on a bound has one derivative to each side; `inputsOf` puts some there.
      const onBound = x.some(
        (value, i) =>
          i % steps.length === channel &&
          [range.min, range.max].includes(Math.fround(value * inverseOfStep(step))),
      );
      if (!onBound) expect(gradient, `seed ${seed}, channel ${channel}`).toBeCloseTo(numeric, 3);
    });
  }
});

test('NaN is not clamped away', async () => {
  const x = { shape: [3], data: Float32Array.of(Number.NaN, 1, 2) };
  const inputs = [
    x,
    { shape: [], data: Float32Array.of(1) },
    { shape: [3], data: Float32Array.of(1, 1, 1) },
  ];
  const [y, , dStep] = await computeOn('wasm', inputs, valueAndGradients(signedByte));
  expect([y![0], dStep![0]]).toEqual([Number.NaN, Number.NaN]);
});

test('a step that fits neither the whole nor the channels is refused', () => {
  expect(() => fakeQuantize(tf.zeros([2, 3]), tf.ones([2]), signedByte)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});
