import { copyFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { evaluateModel } from '../../../src/cli/evaluateModel.ts';
import type { RtfqErrorCode } from '../../../src/errors.ts';
import { openModel } from '../../../src/model/reader.ts';
import { mobilenetv2 } from '../../../src/network/mobilenetv2.ts';
import { Session } from '../../../src/runtime/session.ts';
import { encodeCheckpoint } from '../../../src/training/checkpoint.ts';
import { readDataset } from '../../../src/training/node/dataset.ts';
import { RunFolder } from '../../../src/training/node/runFolder.ts';
import { syntheticClasses } from '../../../src/training/node/synthetic/domains.ts';
import { writeSyntheticDataset } from '../../../src/training/node/synthetic/writeSyntheticDataset.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import {
  type TrainCheckpointOptions,
  type TrainCheckpointProgress,
  trainCheckpoint,
} from '../../../src/training/node/trainCheckpoint.ts';
import type { PartialRecipe } from '../../../src/training/recipe/recipe.ts';
import { disposeRun } from '../../../src/training/trainer/run.ts';
import { decodeRun } from '../../../src/training/trainer/runState.ts';
import { randomFloatNetwork } from '../../support/tinyFloatNetwork.ts';
import { readFrom } from '../../support/tinyModel.ts';

const seed = 7;
// Machines that do other things as well take several times as long as an idle one.
const recipe: PartialRecipe = {
  seed,
  widths: [1],
  resolutions: [32],
  bits: [8],
  steps: 2,
  batch: { source: 2, target: 2 },
  calibration: { images: 4, batch: 4 },
};
const other = syntheticClasses.map((name) => `other ${name}`);

let dir: string;
const at = (...names: string[]) => join(dir, ...names);
beforeAll(async () => {
  await openTfjsInNode();
  dir = await mkdtemp(join(tmpdir(), 'rtfq-train-'));
  const options = { outDir: at('data'), picturesPerClass: 1, sidePx: 64, seed };
  const { classes } = await writeSyntheticDataset(options);
  const network = randomFloatNetwork(mobilenetv2(classes.length, 'torch'), seed);
  await writeFile(at('fitting.safetensors'), encodeCheckpoint(network, classes, {}));
  await writeFile(at('other.safetensors'), encodeCheckpoint(network, other, {}));
  await writeFile(at('recipe.json'), JSON.stringify(recipe));
  await writeFile(at('seed.json'), JSON.stringify({ ...recipe, seed: seed + 1 }));
  await mkdir(at('empty'));
  for (const name of syntheticClasses.slice(0, 2)) {
    await cp(at('data/catalogue', name), at('two', name), { recursive: true });
  }
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function optionsFor(out: string, changed: Partial<TrainCheckpointOptions> = {}) {
  return {
    weights: at('fitting.safetensors'),
    data: at('data/catalogue'),
    target: at('data/webcam'),
    recipe: at('recipe.json'),
    out: at(out),
    topology: 'mobilenetv2',
    resume: false,
    name: basename(out),
    command: 'a test',
    ...changed,
  } satisfies TrainCheckpointOptions;
}

const checkpointFile = 'checkpoint.safetensors';

/** Whether two folders' runs are equal byte by byte. */
async function haveSameRun(out: string, other: string): Promise<boolean> {
  const [one, two] = await Promise.all(
    [out, other].map((run) => readFile(at(run, checkpointFile))),
  );
  return Buffer.compare(one!, two!) === 0;
}

describe(`training from a checkpoint (seed ${seed})`, () => {
  const activities = new Set<string>();

  test('that is stopped says so and leaves a checkpoint', async () => {
    await mkdir(at('unstopped'));
    const controller = new AbortController();
    const stopped = trainCheckpoint(
      optionsFor('stopped', {
        weights: at('other.safetensors'),
        signal: controller.signal,
        onProgress: ({ activity, step }) => {
          activities.add(activity);
          if (step === undefined) return;
          // What a process that is killed now leaves behind.
          copyFileSync(at('stopped', checkpointFile), at('unstopped', checkpointFile));
          controller.abort();
        },
      }),
    );
    await expect(stopped).rejects.toMatchObject({
      code: 'ABORTED',
      summary: 'training was stopped after step 1 of 2',
      hint: expect.stringContaining('--resume'),
    });
    expect(await haveSameRun('stopped', 'unstopped')).toBe(false);
  });

  test('and for other classes began with a classifier that was fitted', () => {
    expect([...activities]).toEqual([
      'making the supernet',
      'extracting features',
      'fitting the classifier',
      'training',
    ]);
  });

  test('goes on to the same end from any checkpoint, and to a model that evaluates', async () => {
    const before = tf.memory().numTensors;
    const progress: TrainCheckpointProgress[] = [];
    const resume = (out: string) =>
      trainCheckpoint(
        optionsFor(out, { resume: true, onProgress: (now) => void progress.push(now) }),
      );
    const { files, steps, subnets } = await resume('stopped');
    await resume('unstopped');
    expect(tf.memory().numTensors).toBe(before);
    expect([steps, subnets]).toEqual([2, 1]);
    expect(await haveSameRun('stopped', 'unstopped')).toBe(true);
    const training = progress.filter(({ activity }) => activity === 'training');
    expect(training.map(({ done, total }) => [done, total])).toEqual([
      [2, 2],
      [1, 2],
      [2, 2],
    ]);
    expect(training.every(({ step }) => Number.isFinite(step!.loss))).toBe(true);
    const log = await (await RunFolder.open(at('stopped'))).readLog();
    expect(log.map(({ step }) => step)).toEqual([1, 2]);

    const model = await openModel(readFrom(files));
    const { manifest } = model;
    expect(manifest.classes).toEqual(syntheticClasses);
    expect(JSON.stringify(manifest)).not.toContain(dir);
    const session = new Session(model, openReferenceBackend());
    const dataset = await readDataset(at('data/webcam'));
    const [measured] = await evaluateModel({
      session,
      subnets: manifest.subnets,
      dataset,
      limit: 2,
    });
    expect(measured!.images).toBe(2);
    expect(measured!.top1).not.toBeNaN();
    session.dispose();
  });

  test('keeps a classifier that has the classes', async () => {
    const controller = new AbortController();
    const begun: string[] = [];
    const stopped = trainCheckpoint(
      optionsFor('fitting', {
        signal: controller.signal,
        onProgress: ({ activity }) => {
          begun.push(activity);
          controller.abort();
        },
      }),
    );
    await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
    expect(begun).toEqual(['making the supernet']);
  });

  test('takes seed and steps in place of the recipe’s', async () => {
    await trainCheckpoint(
      optionsFor('seeded', {
        weights: undefined,
        topology: 'mobilenetv2-micro',
        seed: seed + 1,
        steps: 1,
      }),
    );
    const run = decodeRun((await (await RunFolder.open(at('seeded'))).readCheckpoint())!);
    expect([run.recipe.seed, run.recipe.steps, run.step]).toEqual([seed + 1, 1, 1]);
    disposeRun(run);
  });

  test.each<[string, RtfqErrorCode, string, Partial<TrainCheckpointOptions>]>([
    ['a folder that holds a run', 'INVALID_ARGUMENT', 'already holds a run', {}],
    ['nothing to resume', 'INVALID_ARGUMENT', 'no run', { resume: true, out: 'empty' }],
    ['another recipe', 'INVALID_ARGUMENT', 'seed', { resume: true, recipe: 'seed.json' }],
    ['another seed', 'INVALID_ARGUMENT', 'seed', { resume: true, seed: seed + 1 }],
    ['fewer steps than taken', 'INVALID_ARGUMENT', 'steps', { resume: true, steps: 1 }],
    ['other classes', 'DATASET_FORMAT', 'other classes', { resume: true, data: 'two' }],
    ['no recipe', 'INVALID_ARGUMENT', 'missing.json', { recipe: 'missing.json' }],
    ['no weights', 'WEIGHTS_FORMAT', 'missing', { weights: 'missing.safetensors' }],
    ['no target pictures', 'DATASET_FORMAT', 'no picture', { resume: true, target: 'empty' }],
  ])('refuses %s', async (_, code, message, changed) => {
    const paths = Object.entries(changed).map(([name, value]) => [
      name,
      typeof value === 'string' ? at(value) : value,
    ]);
    const training = trainCheckpoint(optionsFor('stopped', Object.fromEntries(paths)));
    await expect(training).rejects.toMatchObject({
      code,
      message: expect.stringContaining(message),
    });
  });
});
