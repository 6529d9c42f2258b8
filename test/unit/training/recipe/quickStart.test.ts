import { expect, test } from 'vitest';
import { readQuickStart } from '../../../support/shortQuickStart.ts';

test('the recipes of the quick-start differ in the losses on target pictures alone', async () => {
  const { losses, ...adapted } = await readQuickStart('quickStart');
  const { losses: sourceLosses, ...sourceOnly } = await readQuickStart('quickStartSourceOnly');
  expect(sourceOnly).toEqual(adapted);
  expect(losses.largest.pseudoLabels).toBeGreaterThan(0);
  expect(losses.others.targetDistillation).toBeGreaterThan(0);
  const withoutTarget = {
    ...losses,
    largest: { ...losses.largest, informationMaximisation: 0, pseudoLabels: 0 },
    others: {
      ...losses.others,
      informationMaximisation: 0,
      pseudoLabels: 0,
      targetDistillation: 0,
    },
  };
  expect(sourceLosses).toEqual(withoutTarget);
});
