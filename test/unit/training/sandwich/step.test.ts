import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Subnet } from '../../../../src/network/subnet.ts';
import type { Recipe } from '../../../../src/training/recipe/recipe.ts';
import type { PicturesByResolution } from '../../../../src/training/sandwich/images.ts';
import { randomStream } from '../../../../src/training/sandwich/randomStream.ts';
import { sampleSubnets } from '../../../../src/training/sandwich/sampling.ts';
import type { ShardPictures } from '../../../../src/training/sandwich/shard.ts';
import {
  type StepReport,
  sandwichStep,
  type Trainee,
} from '../../../../src/training/sandwich/step.ts';
import {
  openTrainingBackend,
  tinyBatch,
  tinyRecipe,
  tinyTrainee,
} from '../../../support/tinyTrainee.ts';

// Machines that do other things as well take several times as long as an idle one.
beforeAll(openTrainingBackend);

const largest: Subnet = { width: 1, resolution: 24, bits: 8 };
const middle: Subnet = { width: 1, resolution: 16, bits: 6 };
const smallest: Subnet = { width: 0.5, resolution: 16, bits: 4 };

async function step(
  trainee: Trainee,
  recipe: Recipe,
  subnets: readonly Subnet[],
  seed = 1,
): Promise<StepReport> {
  return sandwichStep(trainee, recipe, tinyBatch(recipe, seed), { subnets, rateFactor: 1 });
}

function total(report: StepReport, term: string): number {
  return report.subnets.reduce((sum, { losses }) => sum + (losses[term] ?? 0), 0);
}

describe('a step (seed 2)', () => {
  test('has the terms that the recipe gives to each role', async () => {
    const recipe = tinyRecipe();
    const trainee = await tinyTrainee(recipe, 2);
    const report = await step(trainee, recipe, [largest, middle, smallest]);
    expect(report.subnets.map(({ subnet }) => subnet)).toEqual([
      '1.0,24,8',
      '1.0,16,6',
      '0.5,16,4',
    ]);
    expect(Object.keys(report.subnets[0]!.losses).sort()).toEqual([
      'informationMaximisation',
      'pseudoLabels',
      'sourceCrossEntropy',
    ]);
    for (const { losses } of report.subnets.slice(1)) {
      expect(Object.keys(losses).sort()).toEqual([
        'sourceCrossEntropy',
        'sourceDistillation',
        'targetDistillation',
      ]);
    }
    expect(report.gradientNorm).toBeGreaterThan(0);
    expect(report.confident).toBeGreaterThanOrEqual(0);
  });

  test('changes what its subnets read, and no batch norm or step of other bit-widths', async () => {
    const recipe = tinyRecipe();
    const trainee = await tinyTrainee(recipe, 2);
    const before = await trainee.supernet.values();
    await step(trainee, recipe, [largest]);
    const after = await trainee.supernet.values();
    const isChanged = (name: string) => before.get(name)!.some((x, i) => x !== after.get(name)![i]);
    expect(isChanged('same.expand/weight')).toBe(true);
    expect(isChanged('same.expand/gamma/1/8')).toBe(true);
    expect(isChanged('same.project/weightStep/8')).toBe(true);
    expect(isChanged('same.project/inputStep/8')).toBe(true);
    expect(isChanged('classifier/bias')).toBe(true);
    expect(isChanged('same.expand/gamma/1/4')).toBe(false);
    expect(isChanged('same.expand/gamma/0.5/8')).toBe(false);
    expect(isChanged('same.project/weightStep/4')).toBe(false);
    expect(isChanged('same.project/inputStep/6')).toBe(false);
  });

  test('adds up the gradients of its subnets', async () => {
    const recipe = tinyRecipe({
      optimiser: { clipNorm: 1e9, weights: { learningRate: 1e-3, momentum: 0, weightDecay: 0 } },
      losses: { others: { sourceDistillation: 0, targetDistillation: 0 } },
    });
    const alike = { ...recipe, losses: { ...recipe.losses, largest: recipe.losses.others } };
    const changes = async (subnets: readonly Subnet[]) => {
      const trainee = await tinyTrainee(alike, 2);
      const before = (await trainee.supernet.values()).get('stem/weight')!;
      await step(trainee, alike, subnets);
      const after = (await trainee.supernet.values()).get('stem/weight')!;
      return after.map((value, i) => value - before[i]!);
    };
    const [one, other, both] = [
      await changes([largest]),
      await changes([smallest]),
      await changes([largest, smallest]),
    ];
    const scale = Math.max(...both.map(Math.abs));
    both.forEach((change, i) => {
      expect(Math.abs(change - one[i]! - other[i]!) / scale).toBeLessThan(1e-3);
    });
  });

  test('has the pseudo-labels of what the teacher sees', async () => {
    // At this temperature labels are no steps, and tell small differences.
    const recipe = tinyRecipe({ teacher: { temperature: 1 }, losses: { pseudoLabelThreshold: 0 } });
    const shards = tinyBatch(recipe, 1);
    const pseudoLossWith = async (
      viewOf: (shard: ShardPictures) => PicturesByResolution | null,
    ) => {
      const trainee = await tinyTrainee(recipe, 2);
      const seen = shards.map((shard) => ({ ...shard, targetForTeacher: viewOf(shard) }));
      const report = await sandwichStep(trainee, recipe, seen, {
        subnets: [largest],
        rateFactor: 1,
      });
      return total(report, 'pseudoLabels');
    };
    const students = await pseudoLossWith(() => null);
    expect(await pseudoLossWith(({ target }) => target)).toBe(students);
    // Other pictures in each place, and red for blue.
    const reversed = (pictures: PicturesByResolution) =>
      new Map([...pictures].map(([side, bytes]) => [side, bytes.toReversed()]));
    expect(await pseudoLossWith(({ target }) => reversed(target))).not.toBeCloseTo(students, 2);
  });

  test('averages what its shards say, each with batch norm of its own', async () => {
    const recipe = tinyRecipe({
      optimiser: { clipNorm: 1e9, weights: { learningRate: 1e-3, momentum: 0, weightDecay: 0 } },
    });
    const shards = tinyBatch(recipe, 1);
    expect(shards).toHaveLength(2);
    const outcomeOf = async (own: typeof shards) => {
      const trainee = await tinyTrainee(recipe, 2);
      const before = (await trainee.supernet.values()).get('stem/weight')!;
      const options = { subnets: [largest, smallest], rateFactor: 1 };
      const report = await sandwichStep(trainee, recipe, own, options);
      const after = (await trainee.supernet.values()).get('stem/weight')!;
      return { report, changes: after.map((value, i) => value - before[i]!) };
    };
    const [one, other, both] = [
      await outcomeOf(shards.slice(0, 1)),
      await outcomeOf(shards.slice(1)),
      await outcomeOf(shards),
    ];
    const expectMean = (read: (outcome: typeof one) => number) =>
      expect(read(both)).toBeCloseTo((read(one) + read(other)) / 2, 6);
    expectMean(({ report }) => total(report, 'informationMaximisation'));
    expectMean(({ report }) => total(report, 'targetDistillation'));
    expectMean(({ report }) => report.confident!);
    const scale = Math.max(...both.changes.map(Math.abs));
    expect(scale).toBeGreaterThan(0);
    both.changes.forEach((change, i) => {
      const mean = (one.changes[i]! + other.changes[i]!) / 2;
      expect(Math.abs(change - mean) / scale).toBeLessThan(1e-3);
    });
  });

  test('leaves no tensor behind', async () => {
    const recipe = tinyRecipe();
    const trainee = await tinyTrainee(recipe, 2);
    await step(trainee, recipe, [largest, middle, smallest]);
    const before = tf.memory().numTensors;
    await step(trainee, recipe, [largest, middle, smallest]);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('lets the teacher follow the largest subnet', async () => {
    const recipe = tinyRecipe({ teacher: { momentum: 0.75 } });
    const trainee = await tinyTrainee(recipe, 2);
    const name = 'same.expand/gamma/1/8';
    const before = (await trainee.supernet.values()).get(name)!;
    await step(trainee, recipe, [largest]);
    const after = (await trainee.supernet.values()).get(name)!;
    const teacher = trainee.teacher.averages.get(name)!.dataSync<'float32'>();
    teacher.forEach((value, i) => {
      expect(value).toBeCloseTo(0.75 * before[i]! + 0.25 * after[i]!, 5);
    });
  });

  test('that is aborted changes nothing and leaves no tensor behind', async () => {
    const recipe = tinyRecipe();
    const trainee = await tinyTrainee(recipe, 2);
    const before = await trainee.supernet.values();
    const tensors = tf.memory().numTensors;
    const batch = tinyBatch(recipe, 1);
    const controller = new AbortController();
    const running = sandwichStep(trainee, recipe, batch, {
      subnets: [largest, smallest],
      rateFactor: 1,
      signal: controller.signal,
    });
    setTimeout(() => controller.abort(), 5);
    await expect(running).rejects.toMatchObject({ code: 'ABORTED' });
    expect(await trainee.supernet.values()).toEqual(before);
    expect(tf.memory().numTensors).toBe(tensors);
  });
});

describe('training', () => {
  test('lowers the losses of all subnets together (seed 2)', async () => {
    const recipe = tinyRecipe();
    const trainee = await tinyTrainee(recipe, 2);
    const reports: StepReport[] = [];
    for (let at = 0; at < 9; at++) {
      const subnets = sampleSubnets(recipe, randomStream(1, 'subnets', at));
      reports.push(await step(trainee, recipe, subnets, at));
    }
    const mean = (part: StepReport[], term: string) =>
      part.reduce((sum, report) => sum + total(report, term), 0) / part.length;
    const [early, late] = [reports.slice(0, 3), reports.slice(-3)];
    expect(mean(late, 'sourceCrossEntropy')).toBeLessThan(0.7 * mean(early, 'sourceCrossEntropy'));
    expect(mean(late, 'informationMaximisation')).toBeLessThan(
      mean(early, 'informationMaximisation'),
    );
  });

  test('without target losses never looks at target pictures', async () => {
    const recipe = tinyRecipe({
      losses: {
        largest: { informationMaximisation: 0, pseudoLabels: 0 },
        others: { targetDistillation: 0 },
      },
    });
    const trainee = await tinyTrainee(recipe, 2);
    const batch = tinyBatch(recipe, 1);
    const report = await sandwichStep(
      trainee,
      recipe,
      batch.map((shard) => ({ ...shard, target: new Map() })),
      { subnets: [largest, smallest], rateFactor: 1 },
    );
    expect(report.confident).toBeNull();
    expect(Object.keys(report.subnets[0]!.losses)).toEqual(['sourceCrossEntropy']);
  });
});
