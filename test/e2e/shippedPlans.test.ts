import { expect, test } from 'vitest';
import { readFilesFrom } from '../../src/cli/modelFiles.ts';
import { openModel } from '../../src/model/reader.ts';
import { checkedBuilds, checkPlans } from '../support/bounds/checkPlans.ts';

test.each(checkedBuilds)(
  'kernels of $build, $dot, touch nothing but what is theirs in all subnets of the shipped model',
  async (build) => {
    const model = await openModel(readFilesFrom('models/office31-a2w-mobilenetv2'));
    const { plans, accesses } = await checkPlans(model, build);
    expect(plans).toBe(48);
    expect(accesses).toBeGreaterThan(500_000_000);
  },
);
