import { beforeAll, expect, test } from 'vitest';
import type { Features } from '../../../../src/training/linearClassifier.ts';
import { openTfjsInNode } from '../../../../src/training/node/tfjsBackend.ts';
import { completeRecipe, type PartialRecipe } from '../../../../src/training/recipe/recipe.ts';
import { fitHead } from '../../../../src/training/trainer/fitHead.ts';
import { seededRandom } from '../../../support/random.ts';

const seed = 3;
const classCount = 2;
const dimension = 4;
const perClass = 40;
const labels = Array.from({ length: classCount * perClass }, (_, i) => i % classCount);

beforeAll(openTfjsInNode);

/** Two clusters; another domain's lie further along, one of them on the boundary between the two. */
function featuresOf(random: () => number, drift: number): Features {
  const rows = labels.map((label) => {
    const noise = Array.from({ length: dimension }, () => random() - 0.5);
    noise[0]! += (label === 0 ? -1 : 1) + drift;
    return noise;
  });
  return { dimension, values: Float32Array.from(rows.flat()) };
}

async function targetAccuracy(losses: PartialRecipe['losses']): Promise<number> {
  const random = seededRandom(seed);
  const source = featuresOf(random, 0);
  const target = featuresOf(random, 0.9);
  const recipe = completeRecipe({ losses, head: { steps: 200, l2: 0.01 } });
  const head = await fitHead({ source, sourceLabels: labels, target }, recipe, { classCount });
  const correct = labels.filter((label, row) => {
    const logits = [...head.bias].map((bias, c) =>
      Array.from({ length: dimension }, (_, i) => i).reduce(
        (sum, i) => sum + head.weights[c * dimension + i]! * target.values[row * dimension + i]!,
        bias,
      ),
    );
    return logits.indexOf(Math.max(...logits)) === label;
  });
  return correct.length / labels.length;
}

test(`target losses move boundaries away from target clusters, seed ${seed}`, async () => {
  const sourceOnly = await targetAccuracy({
    largest: { informationMaximisation: 0, pseudoLabels: 0 },
  });
  const adapted = await targetAccuracy({});
  expect(sourceOnly).toBeLessThan(0.8);
  expect(adapted).toBeGreaterThan(0.95);
});
