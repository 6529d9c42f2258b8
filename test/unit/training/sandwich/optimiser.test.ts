import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { completeRecipe, type PartialRecipe } from '../../../../src/training/recipe/recipe.ts';
import {
  clipFactor,
  GradientSum,
  globalNorm,
  meanGradients,
} from '../../../../src/training/sandwich/gradients.ts';
import { Optimiser } from '../../../../src/training/sandwich/optimiser.ts';
import type { ParameterKind } from '../../../../src/training/supernet/parameters.ts';
import type { Parameter } from '../../../../src/training/supernet/supernet.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function parameter(kind: ParameterKind, values: number[], layer = 'body'): Parameter {
  return {
    name: 'p',
    kind,
    layer,
    shape: [values.length],
    variable: tf.variable(tf.tensor1d(values)),
  };
}

/** The parameter's values after each of some updates. */
async function follow(
  own: Parameter,
  gradients: readonly number[][],
  optimiserRecipe: NonNullable<PartialRecipe['optimiser']>,
  rateFactor = 1,
  gradientFactor = 1,
): Promise<number[][]> {
  const optimiser = new Optimiser(completeRecipe({ optimiser: optimiserRecipe }).optimiser, 'head');
  const supernet = {
    parameters: new Map([['p', own]]),
    write: (_: string, values: Float32Array) => own.variable.assign(tf.tensor1d(values)),
  };
  const after: number[][] = [];
  for (const gradient of gradients) {
    const named = new Map([['p', Float32Array.from(gradient)]]);
    await optimiser.apply(supernet, named, { rateFactor, gradientFactor });
    after.push([...own.variable.dataSync<'float32'>()]);
  }
  return after;
}

const plain = { weights: { learningRate: 0.1, momentum: 0.5, weightDecay: 0 } };

describe('SGD', () => {
  test("applies Nesterov's momentum as PyTorch does", async () => {
    // v = 1, w -= 0.1 * (1 + 0.5); v = 0.5 + 1, w -= 0.1 * (1 + 0.75)
    const [first, second] = await follow(parameter('weight', [2]), [[1], [1]], plain);
    expect(first![0]).toBeCloseTo(1.85, 6);
    expect(second![0]).toBeCloseTo(1.675, 6);
  });

  test('decays weights and neither biases nor batch norm', async () => {
    const recipe = { weights: { learningRate: 0.1, momentum: 0, weightDecay: 0.5 } };
    expect((await follow(parameter('weight', [2]), [[0]], recipe))[0]![0]).toBeCloseTo(1.9, 6);
    expect((await follow(parameter('bias', [2]), [[0]], recipe))[0]).toEqual([2]);
    expect((await follow(parameter('batchNorm', [2]), [[0]], recipe))[0]).toEqual([2]);
  });

  test('has a rate of its own for the head', async () => {
    const recipe = { weights: { ...plain.weights, momentum: 0, headFactor: 3 } };
    const own = parameter('weight', [2], 'head');
    expect((await follow(own, [[1]], recipe))[0]![0]).toBeCloseTo(1.7, 6);
  });

  test('scales rates by the schedule and gradients by the clipping', async () => {
    const recipe = { weights: { learningRate: 0.1, momentum: 0, weightDecay: 0 } };
    const [after] = await follow(parameter('weight', [2]), [[1]], recipe, 0.5, 0.5);
    expect(after![0]).toBeCloseTo(1.975, 6);
  });
});

describe('Adam', () => {
  test('moves steps of all sizes by the same share', async () => {
    const recipe = { steps: { learningRate: 0.01, unit: 'relative' } } as const;
    const own = parameter('step', [1e-4, 1]);
    const [first, second] = await follow(
      own,
      [
        [5, -0.001],
        [5, -0.001],
      ],
      recipe,
    );
    expect(first![0]! / 1e-4).toBeCloseTo(Math.exp(-0.01), 4);
    expect(first![1]!).toBeCloseTo(Math.exp(0.01), 4);
    expect(second![0]! / 1e-4).toBeCloseTo(Math.exp(-0.02), 4);
  });

  test('in absolute units never makes a step zero or negative', async () => {
    const recipe = { steps: { learningRate: 0.01, unit: 'absolute' } } as const;
    const [first] = await follow(parameter('step', [1e-4, 1]), [[1, 1]], recipe);
    expect(first![0]).toBeGreaterThan(0);
    expect(first![1]).toBeCloseTo(0.99, 5);
  });
});

describe('gradients', () => {
  test('add up by name', async () => {
    const sum = new GradientSum();
    sum.add({ a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    sum.add({ a: tf.tensor1d([10, 20]) });
    expect(await sum.read()).toEqual(
      new Map([
        ['a', Float32Array.of(11, 22)],
        ['b', Float32Array.of(3)],
      ]),
    );
    sum.dispose();
  });

  test('of shards are averaged', () => {
    const shards = [1, 2, 6].map((value) => new Map([['a', Float32Array.of(value, -value)]]));
    expect(meanGradients(shards)).toEqual(new Map([['a', Float32Array.of(3, -3)]]));
  });

  test('are clipped to a norm over all of them together', () => {
    expect(globalNorm([Float32Array.of(3, 0), Float32Array.of(4)])).toBeCloseTo(5, 6);
    expect(clipFactor(5, 1)).toBeCloseTo(0.2, 12);
    expect(clipFactor(0.5, 1)).toBe(1);
  });
});
