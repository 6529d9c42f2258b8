import { cp, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { evaluateModel } from '../../../src/cli/evaluateModel.ts';
import { readFilesOf } from '../../../src/cli/modelFiles.ts';
import { openModel } from '../../../src/model/reader.ts';
import type { ModelFiles } from '../../../src/model/writer.ts';
import { mobilenetv2 } from '../../../src/network/mobilenetv2.ts';
import { Session } from '../../../src/runtime/session.ts';
import { encodeCheckpoint } from '../../../src/training/checkpoint.ts';
import { readDataset } from '../../../src/training/node/dataset.ts';
import { exportCheckpoint } from '../../../src/training/node/exportCheckpoint.ts';
import { checkpointFile } from '../../../src/training/node/runFolder.ts';
import { writeRunReport } from '../../../src/training/node/runReport.ts';
import { syntheticClasses } from '../../../src/training/node/synthetic/domains.ts';
import { writeSyntheticDataset } from '../../../src/training/node/synthetic/writeSyntheticDataset.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import { trainCheckpoint } from '../../../src/training/node/trainCheckpoint.ts';
import type { PartialRecipe } from '../../../src/training/recipe/recipe.ts';
import { randomFloatNetwork } from '../../support/tinyFloatNetwork.ts';

const seed = 11;
// Machines that do other things as well take several times as long as an idle one.
const recipe: PartialRecipe = {
  seed,
  widths: [1],
  resolutions: [32],
  bits: [8],
  steps: 2,
  batch: { source: 2, target: 2 },
  calibration: { images: 4, batch: 4 },
  head: { steps: 3 },
};

let dir: string;
const at = (...names: string[]) => join(dir, ...names);
beforeAll(async () => {
  await openTfjsInNode();
  dir = await mkdtemp(join(tmpdir(), 'rtfq-labels-'));
  const options = { outDir: at('true'), picturesPerClass: 1, sidePx: 64, seed };
  const { classes } = await writeSyntheticDataset(options);
  // A classifier for other classes, so that one is fitted: that looks at the target as well.
  const network = randomFloatNetwork(mobilenetv2(classes.length, 'torch'), seed);
  const others = classes.map((name) => `other ${name}`);
  await writeFile(at('random.safetensors'), encodeCheckpoint(network, others, {}));
  await writeFile(at('recipe.json'), JSON.stringify(recipe));
  await cp(at('true/webcam'), at('shuffled/webcam'), { recursive: true });
  await shuffleLabels(at('shuffled/webcam'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

/** Moves every picture to another class and name, and renames the classes, so that their order changes. */
async function shuffleLabels(domain: string): Promise<void> {
  const classes = await readdir(domain);
  await mkdir(join(domain, 'moved'));
  for (const [i, name] of classes.entries()) {
    for (const file of await readdir(join(domain, name))) {
      const other = `class ${(7 * i + file.length) % classes.length}`;
      await mkdir(join(domain, 'moved', other), { recursive: true });
      await rename(join(domain, name, file), join(domain, 'moved', other, `${99 - i} ${file}`));
    }
    await rm(join(domain, name), { recursive: true });
  }
}

function train(out: string, target: string) {
  return trainCheckpoint({
    weights: at('random.safetensors'),
    data: at('true/catalogue'),
    target: at(target),
    recipe: at('recipe.json'),
    out: at(out),
    topology: 'mobilenetv2',
    resume: false,
    workers: 1,
    name: 'a model',
    command: 'a test',
  });
}

/** Names of the files that differ. */
function differences(one: ModelFiles, two: ModelFiles): readonly string[] {
  const names = new Set([...one.keys(), ...two.keys()]);
  return [...names].filter((name) => {
    const [a, b] = [one.get(name), two.get(name)];
    return a === undefined || b === undefined || Buffer.compare(a, b) !== 0;
  });
}

async function evaluate(files: ModelFiles) {
  const session = new Session(await openModel(readFilesOf(files)), openReferenceBackend());
  const dataset = await readDataset(at('true/webcam'));
  const options = { session, subnets: session.subnets, dataset, limit: 8 };
  const measured = await evaluateModel(options);
  session.dispose();
  return measured.map(({ medianMs: _, ...figures }) => figures);
}

describe(`target labels (seed ${seed})`, () => {
  let trained: ModelFiles;

  test('have no influence on a training run and its model: shuffled, they give the same bytes', async () => {
    trained = (await train('run', 'true/webcam')).files;
    const shuffled = (await train('other', 'shuffled/webcam')).files;
    expect(differences(trained, shuffled)).toEqual([]);
    const checkpoints = await Promise.all(
      ['run', 'other'].map((run) => readFile(at(run, checkpointFile))),
    );
    expect(Buffer.compare(checkpoints[0]!, checkpoints[1]!)).toBe(0);
  });

  test('have none on the model that is evaluated of a checkpoint, which is the trained one', async () => {
    const before = tf.memory().numTensors;
    for (const target of ['true/webcam', 'shuffled/webcam']) {
      const exported = await exportCheckpoint({ run: at('run'), target: at(target) });
      expect(exported.step).toBe(2);
      // The manifest alone, which says how a model was made.
      expect(differences(trained, exported.files)).toEqual(['model.json']);
      const figures = await evaluate(exported.files);
      expect(figures).toEqual(await evaluate(trained));
      expect(figures).toHaveLength(1);
      exported.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  test('a checkpoint is given as its file as well, and what is none is named', async () => {
    const run = at('run', checkpointFile);
    const exported = await exportCheckpoint({ run, target: at('true/webcam') });
    const [subnet] = (await openModel(readFilesOf(exported.files))).manifest.subnets;
    const grey = new Uint8Array(32 * 32 * 3).fill(128);
    const [logits] = await exported.predict(subnet!, [grey], undefined);
    expect(logits).toHaveLength(syntheticClasses.length);
    exported.dispose();
    const missing = exportCheckpoint({ run: at('nowhere'), target: at('true/webcam') });
    await expect(missing).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      message: expect.stringContaining('nowhere'),
    });
  });

  test('are not needed for the report of a run', async () => {
    await writeRunReport({ run: at('run'), out: at('report.html') });
    const page = await readFile(at('report.html'), 'utf8');
    expect(page).toContain('2 steps');
    expect(page).toContain('No model was made of this run yet');
    const missing = writeRunReport({ run: at('true'), out: at('none.html') });
    await expect(missing).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});
