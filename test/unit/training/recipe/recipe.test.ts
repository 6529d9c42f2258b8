import { describe, expect, test } from 'vitest';
import { RtfqError } from '../../../../src/errors.ts';
import { completeRecipe, parseRecipe } from '../../../../src/training/recipe/recipe.ts';

function refusalOf(value: unknown): RtfqError {
  try {
    parseRecipe(JSON.stringify(value));
  } catch (thrown) {
    if (thrown instanceof RtfqError) return thrown;
    throw thrown;
  }
  throw new Error('the recipe was not refused');
}

describe('a recipe', () => {
  test('of nothing is the default recipe', () => {
    const recipe = parseRecipe('{}');
    expect(recipe.bits).toEqual([8, 6, 4]);
    expect(recipe.sampling).toEqual({ rule: 'sandwich', randomSubnets: 2 });
    expect(recipe.losses.others.targetDistillation).toBe(1);
  });

  test('is complete again when it is completed twice', () => {
    const recipe = completeRecipe({ seed: 7, widths: [1, 0.5] });
    expect(completeRecipe(recipe)).toEqual(recipe);
    expect(parseRecipe(JSON.stringify(recipe))).toEqual(recipe);
  });

  test('keeps what a nested object says and fills in the rest', () => {
    const { optimiser } = completeRecipe({ optimiser: { weights: { learningRate: 0.5 } } });
    expect(optimiser.weights).toEqual({
      learningRate: 0.5,
      momentum: 0.9,
      weightDecay: 1e-3,
      headFactor: 10,
    });
  });

  test.each([
    [{ step: 10 }, 'step'],
    [{ batch: { source: 9, target: 8 } }, 'batch.source'],
    [{ batch: { source: 9, target: 8, shards: 3 } }, 'batch.target'],
    [{ batch: { shards: 0 } }, 'batch.shards'],
    [{ steps: 0 }, 'steps'],
    [{ seed: -1 }, 'seed'],
    [{ widths: [0.9, 0.5] }, 'widths'],
    [{ widths: [1, 1] }, 'widths'],
    [{ resolutions: [128, 224] }, 'resolutions'],
    [{ bits: [8, 5] }, 'bits.1'],
    [{ bits: [4, 8] }, 'bits'],
    [{ pinnedBits: { depthwise: 7 } }, 'pinnedBits.depthwise'],
    [{ losses: { labelSmoothing: 1 } }, 'losses.labelSmoothing'],
    [{ losses: { others: { pseudoLabel: 1 } } }, 'losses.others.pseudoLabel'],
    [
      {
        losses: { largest: { sourceCrossEntropy: 0, informationMaximisation: 0, pseudoLabels: 0 } },
      },
      'losses.largest',
    ],
    [{ optimiser: { weights: { learningRate: '1' } } }, 'optimiser.weights.learningRate'],
    [{ steps: 5, optimiser: { schedule: { warmUpSteps: 6 } } }, 'optimiser.schedule.warmUpSteps'],
    [{ sampling: { rule: 'sandwhich' } }, 'sampling.rule'],
    [{ sampling: { rule: 'sandwich', subnets: 4 } }, 'sampling.subnets'],
    [
      { sampling: { rule: 'single', subnet: { width: 0.5, resolution: 224, bits: 8 } } },
      'sampling.subnet.width',
    ],
    [
      { sampling: { rule: 'single', subnet: { width: 1, resolution: 224, bits: 5 } } },
      'sampling.subnet.bits',
    ],
  ])('%j is refused by the name of its field', (value, field) => {
    const error = refusalOf(value);
    expect(error.code).toBe('INVALID_ARGUMENT');
    expect(error.summary).toBe(`the recipe: ${field}`);
    expect(error.expected).toBeDefined();
  });

  test('that is not JSON is refused', () => {
    expect(() => parseRecipe('{steps: 1}')).toThrow(/not JSON/);
  });

  test('that is no object is refused', () => {
    expect(refusalOf([]).summary).toContain('the recipe');
    expect(refusalOf(null).summary).toContain('the recipe');
  });
});
