import { describe, expect, test } from 'vitest';
import { completeRecipe } from '../../../../src/training/recipe/recipe.ts';
import { batchRequests, sampleRequests } from '../../../../src/training/trainer/batchRequests.ts';

const recipe = completeRecipe({ seed: 5, batch: { source: 4, target: 3, shards: 1 } });

describe('batch requests (seed 5)', () => {
  test('ask for every picture once before any comes again', () => {
    const indices = [0, 1, 2, 3, 4].flatMap((step) =>
      batchRequests(recipe, 'source', step, 10).map(({ index }) => index),
    );
    const sorted = (part: number[]) => [...part].sort((a, b) => a - b);
    const all = Array.from({ length: 10 }, (_, i) => i);
    expect(sorted(indices.slice(0, 10))).toEqual(all);
    expect(sorted(indices.slice(10, 20))).toEqual(all);
    expect(indices.slice(0, 10)).not.toEqual(indices.slice(10, 20));
  });

  test('are the same whenever they are asked for', () => {
    expect(batchRequests(recipe, 'target', 7, 10)).toEqual(batchRequests(recipe, 'target', 7, 10));
  });

  test('look at a picture differently each time', () => {
    const views = [0, 1, 2].flatMap((step) =>
      batchRequests(recipe, 'source', step, 4).map(({ view }) => JSON.stringify(view)),
    );
    expect(new Set(views).size).toBe(12);
  });

  test('of the two domains are drawn apart', () => {
    const both = completeRecipe({ seed: 5, batch: { source: 4, target: 4 } });
    expect(batchRequests(both, 'source', 0, 100)).not.toEqual(
      batchRequests(both, 'target', 0, 100),
    );
  });

  test('fill a batch that is larger than the domain', () => {
    const indices = batchRequests(recipe, 'source', 0, 3).map(({ index }) => index);
    expect(indices).toHaveLength(4);
    expect(new Set(indices).size).toBe(3);
  });

  test('for calibration are different pictures, all where there are few', () => {
    const indices = sampleRequests(recipe, 'calibration', 20, 8).map(({ index }) => index);
    expect([...indices].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(sampleRequests(recipe, 'calibration', 2, 8)).toHaveLength(2);
  });
});
