import { beforeAll, expect, test } from 'vitest';
import type { Features, LinearClassifier } from '../../../src/training/linearClassifier.ts';
import { trainProbe } from '../../../src/training/linearProbe.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import { seededRandom } from '../../support/random.ts';

const seed = 11;
const classCount = 3;
const dimension = 6;
const labels = Array.from({ length: 90 }, (_, i) => i % classCount);

beforeAll(openTfjsInNode);

/** Each class has a channel of its own that is high; `scale` and `shift` make another domain of it. */
function featuresOf(random: () => number, scale: number, shift: number): Features {
  const rows = labels.map((label) =>
    Float32Array.from(
      { length: dimension },
      (_, channel) => scale * (random() + (channel === label ? 1.5 : 0)) + shift * channel,
    ),
  );
  return { dimension, values: Float32Array.from(rows.flatMap((row) => [...row])) };
}

function accuracyOf({ weights, bias }: LinearClassifier, { values }: Features): number {
  const correct = labels.filter((label, row) => {
    const logits = Array.from(bias, (offset, c) => {
      let sum = offset;
      for (let i = 0; i < dimension; i++) {
        sum += weights[c * dimension + i]! * values[row * dimension + i]!;
      }
      return sum;
    });
    return logits.indexOf(Math.max(...logits)) === label;
  });
  return correct.length / labels.length;
}

test(`learns classes that can be told apart, the same way each time, seed ${seed}`, async () => {
  const features = featuresOf(seededRandom(seed), 1, 0);
  const first = await trainProbe(features, labels, classCount, null, { steps: 100 });
  expect(first.accuracy).toBeGreaterThan(0.95);
  expect(accuracyOf(first.classifier, features)).toBe(first.accuracy);
  const second = await trainProbe(features, labels, classCount, null, { steps: 100 });
  expect(second).toEqual(first);
});

test(`unlabelled target features carry it over to their domain, seed ${seed}`, async () => {
  const random = seededRandom(seed);
  const source = featuresOf(random, 1, 0);
  const target = featuresOf(random, 0.3, 4);
  const plain = await trainProbe(source, labels, classCount, null, { steps: 100 });
  const adapted = await trainProbe(source, labels, classCount, target, { steps: 100 });
  expect(accuracyOf(plain.classifier, target)).toBeLessThan(0.6);
  expect(accuracyOf(adapted.classifier, target)).toBeGreaterThan(0.9);
});

test('a signal stops it', async () => {
  const features = featuresOf(seededRandom(seed), 1, 0);
  const trained = trainProbe(features, labels, classCount, null, { signal: AbortSignal.abort() });
  await expect(trained).rejects.toMatchObject({ code: 'ABORTED' });
});
