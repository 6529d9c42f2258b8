import { expect, test } from 'vitest';
import { completeRecipe } from '../../../../src/training/recipe/recipe.ts';
import { totalLoss } from '../../../../src/training/sandwich/totalLoss.ts';

test('the total loss weighs the largest subnet’s terms and the others’ as the recipe does', () => {
  const { losses } = completeRecipe({
    losses: {
      largest: { sourceCrossEntropy: 1, informationMaximisation: 0.5 },
      others: { sourceCrossEntropy: 0.25, targetDistillation: 2 },
      adaptation: { fromStep: 3, rampSteps: 1 },
    },
  });
  const subnets = [
    { subnet: 'a', losses: { sourceCrossEntropy: 3, informationMaximisation: -2 } },
    { subnet: 'b', losses: { sourceCrossEntropy: 4, targetDistillation: 0.5 } },
    { subnet: 'c', losses: { targetDistillation: 1 } },
  ];
  expect(totalLoss({ subnets }, 4, losses)).toBe(3 - 1 + 1 + 1 + 2);
  expect(totalLoss({ subnets }, 3, losses)).toBe(3 - 0.5 + 1 + 1 + 2);
  expect(totalLoss({ subnets }, 2, losses)).toBe(3 + 1 + 1 + 2);
});
