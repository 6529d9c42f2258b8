import { expect, test } from 'vitest';
import { buildPlan } from '../../../src/network/plan.ts';
import { openTinyModel, tinyModelFiles } from '../../support/tinyModel.ts';

test('the tiny model is the same for the same seed and another one for another', async () => {
  const [first, again, other] = await Promise.all([
    tinyModelFiles(),
    tinyModelFiles(),
    tinyModelFiles({ seed: 2 }),
  ]);
  expect(again).toEqual(first);
  expect(other).not.toEqual(first);
});

test('each subnet of the tiny model has a plan', async () => {
  const model = await openTinyModel();
  expect(model.manifest.subnets).toHaveLength(12);
  for (const subnet of model.manifest.subnets) {
    const plan = buildPlan(model.manifest, subnet, await model.readTable(subnet));
    expect(plan.steps.length).toBeGreaterThanOrEqual(10);
  }
});
