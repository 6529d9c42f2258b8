import { describe, expect, test } from 'vitest';
import {
  adaptationFactor,
  learningRateFactor,
} from '../../../../src/training/sandwich/schedule.ts';

describe('the learning rate', () => {
  const schedule = { warmUpSteps: 4, finalFactor: 0.2 };

  test('rises linearly over the warm-up', () => {
    const factors = [0, 1, 2, 3].map((step) => learningRateFactor(step, 14, schedule));
    expect(factors).toEqual([0.25, 0.5, 0.75, 1]);
  });

  test('then falls along a half cosine to the final factor', () => {
    expect(learningRateFactor(4, 14, schedule)).toBe(1);
    expect(learningRateFactor(9, 14, schedule)).toBeCloseTo(0.6, 12);
    expect(learningRateFactor(14, 14, schedule)).toBeCloseTo(0.2, 12);
  });

  test('is defined where all steps warm up, and for a single step', () => {
    const factors = [0, 1].map((step) =>
      learningRateFactor(step, 2, { warmUpSteps: 2, finalFactor: 0 }),
    );
    expect(factors).toEqual([0.5, 1]);
    expect(learningRateFactor(0, 1, { warmUpSteps: 0, finalFactor: 0 })).toBe(1);
  });
});

describe('adaptation', () => {
  const factors = (fromStep: number, rampSteps: number) =>
    [0, 1, 2, 3, 4, 5].map((step) => adaptationFactor(step, { fromStep, rampSteps }));

  test('begins at its step, and rises linearly to its full weight', () => {
    expect(factors(2, 3)).toEqual([0, 0, 0.25, 0.5, 0.75, 1]);
  });

  test('is there from the start unless the recipe says otherwise', () => {
    expect(factors(0, 0)).toEqual([1, 1, 1, 1, 1, 1]);
  });
});
