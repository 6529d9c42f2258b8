import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, expectTypeOf, test } from 'vitest';
import { openModel } from '../../../../src/model/reader.ts';
import { writeModel } from '../../../../src/model/writer.ts';
import type { Recipe } from '../../../../src/training/recipe/recipe.ts';
import type {
  PictureRequest,
  Pictures,
  TrainingData,
} from '../../../../src/training/trainer/data.ts';
import { exportRun } from '../../../../src/training/trainer/exportRun.ts';
import { beginRun, disposeRun, type Run } from '../../../../src/training/trainer/run.ts';
import { decodeRun, encodeRun } from '../../../../src/training/trainer/runState.ts';
import { type LogRecord, train } from '../../../../src/training/trainer/train.ts';
import { readFrom } from '../../../support/randomModel.ts';
import { tinyData } from '../../../support/tinyData.ts';
import { tinyFloatNetwork } from '../../../support/tinyFloatNetwork.ts';
import { openTrainingBackend, tinyClasses, tinyRecipe } from '../../../support/tinyTrainee.ts';

const seed = 11;
// Machines that do other things as well take several times as long as an idle one.
const data = tinyData(seed);
const recipe = tinyRecipe({
  seed,
  resolutions: [16, 12],
  steps: 3,
  batch: { source: 6, target: 6 },
  optimiser: { weights: { learningRate: 0.02 }, schedule: { warmUpSteps: 1 } },
});

let begun: Uint8Array;
beforeAll(async () => {
  await openTrainingBackend();
  const run = await beginRun(recipe, tinyFloatNetwork(seed, tinyClasses), data);
  begun = await encodeRun(run);
  disposeRun(run);
});

/** A run that has not taken a step yet. */
function begin(own: Recipe = recipe): Run {
  return { ...decodeRun(begun), recipe: own };
}

/** Encoded runs that are equal byte by byte, said without printing a megabyte. */
function isSame(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** Aborts after some steps; what was saved then comes back. */
async function trainUntil(run: Run, lastStep: number): Promise<Uint8Array> {
  const controller = new AbortController();
  const saved: Uint8Array[] = [];
  const training = train(run, data, {
    signal: controller.signal,
    checkpoints: { save: async (bytes) => void saved.push(bytes) },
    onProgress: ({ step }) => {
      if (step === lastStep) controller.abort();
    },
  });
  await expect(training).rejects.toMatchObject({ code: 'ABORTED' });
  expect(saved).toHaveLength(1);
  return saved[0]!;
}

describe(`a run (seed ${seed})`, () => {
  test('begins with a classifier that knows both domains, if the recipe wants it', async () => {
    const lossesOf = async (headSteps: number) => {
      const own = tinyRecipe({
        ...recipe,
        steps: 1,
        batch: { source: 14, target: 14 },
        augmentation: { smallestCrop: 1, mirror: false, brightness: 0, contrast: 0, saturation: 0 },
        head: { steps: headSteps },
      });
      const run = await beginRun(own, tinyFloatNetwork(seed, tinyClasses), data);
      const records: LogRecord[] = [];
      await train(run, data, { log: { append: async (record) => void records.push(record) } });
      disposeRun(run);
      return records[0]!.subnets[0]!.losses;
    };
    const without = await lossesOf(0);
    const fitted = await lossesOf(100);
    expect(fitted.sourceCrossEntropy).toBeLessThan(0.7 * without.sourceCrossEntropy!);
    expect(fitted.informationMaximisation).toBeLessThan(without.informationMaximisation! - 0.3);
  });

  test('that is resumed ends with the same bits as one that was not interrupted', async () => {
    const uninterrupted = begin();
    await train(uninterrupted, data);
    const expected = await encodeRun(uninterrupted);
    disposeRun(uninterrupted);

    const first = begin();
    const checkpoint = await trainUntil(first, 1);
    disposeRun(first);
    const second = decodeRun(checkpoint);
    expect(second.step).toBe(1);
    const later = await trainUntil(second, 2);
    disposeRun(second);
    const third = decodeRun(later);
    await train(third, data);
    expect(third.step).toBe(3);
    expect(isSame(await encodeRun(third), expected)).toBe(true);
    disposeRun(third);
  });

  test('shows the teacher plain pictures where it has a view of its own, once it is asked', async () => {
    const own = tinyRecipe({
      ...recipe,
      steps: 2,
      teacher: { view: 'centre' },
      losses: { adaptation: { fromStep: 1 } },
    });
    const loads: (readonly PictureRequest[])[] = [];
    const watched: TrainingData = {
      ...data,
      target: {
        ...data.target,
        load: async (requests, resolutions) => {
          loads.push(requests);
          return data.target.load(requests, resolutions);
        },
      },
    };
    const run = begin(own);
    await train(run, watched);
    disposeRun(run);
    const plain = loads.filter((requests) => requests.every(({ view }) => view.kind === 'centre'));
    const random = loads.filter((requests) => !plain.includes(requests));
    // Two shards a step; the first step is before adaptation.
    expect(plain).toHaveLength(2);
    expect(random).toHaveLength(4);
    const indices = (requests: readonly PictureRequest[]) => requests.map(({ index }) => index);
    expect(plain.map(indices)).toEqual(random.slice(2).map(indices));
  });

  test('that is at its end decodes nothing', async () => {
    const run = begin({ ...recipe, steps: 0 });
    let loads = 0;
    const counted = <T extends Pictures>(pictures: T): T => ({
      ...pictures,
      load: async (requests, resolutions) => {
        loads++;
        return pictures.load(requests, resolutions);
      },
    });
    await train(run, { ...data, source: counted(data.source), target: counted(data.target) });
    expect(loads).toBe(0);
    disposeRun(run);
  });

  test('with a view of the teacher’s own is resumed to the same bits', async () => {
    const own = tinyRecipe({ ...recipe, steps: 2, teacher: { view: 'centre' } });
    const uninterrupted = begin(own);
    await train(uninterrupted, data);
    const expected = await encodeRun(uninterrupted);
    disposeRun(uninterrupted);
    const first = begin(own);
    const checkpoint = await trainUntil(first, 1);
    disposeRun(first);
    const second = decodeRun(checkpoint);
    await train(second, data);
    expect(isSame(await encodeRun(second), expected)).toBe(true);
    disposeRun(second);
  });

  test('of another seed ends elsewhere', async () => {
    const ends = [];
    for (const own of [seed, seed + 1]) {
      const run = begin({ ...recipe, seed: own, steps: 1 });
      await train(run, data);
      ends.push((await run.trainee.supernet.values()).get('head/weight')!);
      disposeRun(run);
    }
    expect(ends[0]).not.toEqual(ends[1]);
  });

  test('logs every step, says how far it is and how long it will take', async () => {
    const run = begin();
    const records: LogRecord[] = [];
    const progress: [number, number][] = [];
    let clockMs = 0;
    await train(run, data, {
      log: { append: async (record) => void records.push(record) },
      onProgress: ({ step, leftMs }) => progress.push([step, leftMs]),
      now: () => {
        clockMs += 50;
        return clockMs;
      },
    });
    expect(records.map(({ step }) => step)).toEqual([1, 2, 3]);
    expect(records[0]!.rateFactor).toBe(1);
    expect(records.every(({ subnets }) => subnets.length === 4)).toBe(true);
    expect(progress).toEqual([
      [1, 100],
      [2, 50],
      [3, 0],
    ]);
    disposeRun(run);
  });

  test('saves a checkpoint every so many steps and at the end', async () => {
    const run = begin();
    const steps: number[] = [];
    await train(run, data, {
      checkpointEvery: 2,
      checkpoints: { save: async (bytes) => void steps.push(stepOf(bytes)) },
    });
    expect(steps).toEqual([2, 3]);
    disposeRun(run);
  });

  test('frees all its tensors', async () => {
    const before = tf.memory().numTensors;
    const run = begin({ ...recipe, steps: 1 });
    await train(run, data);
    disposeRun(run);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('becomes a model that can be opened', async () => {
    const run = begin({ ...recipe, steps: 1 });
    await train(run, data);
    const provenance = { generator: 'a test', command: '', sources: [] };
    const { contents, statistics } = await exportRun(run, data, {
      description: { name: 'tiny', provenance },
    });
    const model = await openModel(readFrom(await writeModel(contents)));
    expect(model.manifest.subnets).toHaveLength(12);
    expect(model.manifest.classes).toEqual(['red', 'green', 'blue']);
    expect(statistics.size).toBe(12);
    disposeRun(run);
  });

  test('ends with what the data threw, even where that was while a step was computed', async () => {
    const run = begin();
    const failing: TrainingData = {
      ...data,
      target: {
        ...data.target,
        load: async (requests, resolutions) => {
          if (run.step > 0) throw new Error('the disk is gone');
          return data.target.load(requests, resolutions);
        },
      },
    };
    await expect(train(run, failing)).rejects.toThrow('the disk is gone');
    disposeRun(run);
  });

  test('with other classes than the network is refused', async () => {
    const running = beginRun(recipe, tinyFloatNetwork(seed, 7), data);
    await expect(running).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

function stepOf(bytes: Uint8Array): number {
  const run = decodeRun(bytes);
  disposeRun(run);
  return run.step;
}

describe('the target domain', () => {
  test('has no labels that training could read', () => {
    expectTypeOf<keyof Pictures>().toEqualTypeOf<'count' | 'load'>();
    expectTypeOf<TrainingData['target']>().toEqualTypeOf<Pictures>();
  });
});

describe('a file that holds no run', () => {
  test('is refused, wherever it is cut or changed', async () => {
    const run = begin();
    const bytes = await encodeRun(run);
    disposeRun(run);
    const refused = (broken: Uint8Array) =>
      expect(() => decodeRun(broken)).toThrow(expect.objectContaining({ code: 'WEIGHTS_FORMAT' }));
    refused(bytes.subarray(0, bytes.length - 4));
    refused(bytes.subarray(0, 100));
    refused(new Uint8Array(0));
    refused(replaced(bytes, '"rtfq_run":"1"', '"rtfq_run":"2"'));
    refused(replaced(bytes, 'parameter:stem/weight"', 'parameter:stem/weighT"'));
  });
});

/** With some text replaced by text of the same length. */
function replaced(bytes: Uint8Array, from: string, to: string): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  expect(text).toContain(from);
  return new Uint8Array(Buffer.from(text.replace(from, to), 'latin1'));
}
