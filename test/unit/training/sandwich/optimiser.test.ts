import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { completeRecipe, type PartialRecipe } from '../../../../src/training/recipe/recipe.ts';
import {
  clipFactor,
  GradientSum,
  globalNorm,
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
function follow(
  own: Parameter,
  gradients: readonly number[][],
  optimiserRecipe: NonNullable<PartialRecipe['optimiser']>,
  rateFactor = 1,
  gradientFactor = 1,
): number[][] {
  const optimiser = new Optimiser(completeRecipe({ optimiser: optimiserRecipe }).optimiser, 'head');
  return gradients.map((gradient) => {
    const named = new Map([['p', tf.tensor1d(gradient) as tf.Tensor]]);
    optimiser.apply(new Map([['p', own]]), named, { rateFactor, gradientFactor });
    return [...own.variable.dataSync<'float32'>()];
  });
}

const plain = { weights: { learningRate: 0.1, momentum: 0.5, weightDecay: 0 } };

describe('SGD', () => {
  test("applies Nesterov's momentum as PyTorch does", () => {
    // v = 1, w -= 0.1 * (1 + 0.5); v = 0.5 + 1, w -= 0.1 * (1 + 0.75)
    const [first, second] = follow(parameter('weight', [2]), [[1], [1]], plain);
    expect(first![0]).toBeCloseTo(1.85, 6);
    expect(second![0]).toBeCloseTo(1.675, 6);
  });

  test('decays weights and neither biases nor batch norm', () => {
    const recipe = { weights: { learningRate: 0.1, momentum: 0, weightDecay: 0.5 } };
    expect(follow(parameter('weight', [2]), [[0]], recipe)[0]![0]).toBeCloseTo(1.9, 6);
    expect(follow(parameter('bias', [2]), [[0]], recipe)[0]).toEqual([2]);
    expect(follow(parameter('batchNorm', [2]), [[0]], recipe)[0]).toEqual([2]);
  });

  test('has a rate of its own for the head', () => {
    const recipe = { weights: { ...plain.weights, momentum: 0, headFactor: 3 } };
    expect(follow(parameter('weight', [2], 'head'), [[1]], recipe)[0]![0]).toBeCloseTo(1.7, 6);
  });

  test('scales rates by the schedule and gradients by the clipping', () => {
    const recipe = { weights: { learningRate: 0.1, momentum: 0, weightDecay: 0 } };
    const [after] = follow(parameter('weight', [2]), [[1]], recipe, 0.5, 0.5);
    expect(after![0]).toBeCloseTo(1.975, 6);
  });
});

describe('Adam', () => {
  test('moves steps of all sizes by the same share', () => {
    const recipe = { steps: { learningRate: 0.01, unit: 'relative' } } as const;
    const own = parameter('step', [1e-4, 1]);
    const [first, second] = follow(
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

  test('in absolute units never makes a step zero or negative', () => {
    const recipe = { steps: { learningRate: 0.01, unit: 'absolute' } } as const;
    const [first] = follow(parameter('step', [1e-4, 1]), [[1, 1]], recipe);
    expect(first![0]).toBeGreaterThan(0);
    expect(first![1]).toBeCloseTo(0.99, 5);
  });
});

describe('gradients', () => {
  test('add up by name', () => {
    const sum = new GradientSum();
    sum.add({ a: tf.tensor1d([1, 2]), b: tf.scalar(3) });
    sum.add({ a: tf.tensor1d([10, 20]) });
    expect([...sum.gradients.get('a')!.dataSync()]).toEqual([11, 22]);
    expect([...sum.gradients.get('b')!.dataSync()]).toEqual([3]);
    sum.dispose();
  });

  test('are clipped to a norm over all of them together', async () => {
    const gradients: [string, tf.Tensor][] = [
      ['a', tf.tensor1d([3, 0])],
      ['b', tf.scalar(4)],
    ];
    const norm = await globalNorm(new Map(gradients));
    expect(norm).toBeCloseTo(5, 6);
    expect(clipFactor(5, 1)).toBeCloseTo(0.2, 12);
    expect(clipFactor(0.5, 1)).toBe(1);
  });
});
