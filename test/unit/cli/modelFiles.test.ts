import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordAccuracies } from '../../../src/cli/evalCommand.ts';
import { evenlySpaced } from '../../../src/cli/evaluateModel.ts';
import { inspectModel } from '../../../src/cli/inspectCommand.ts';
import {
  modelFolder,
  readFilesFrom,
  writeManifest,
  writeModelFiles,
} from '../../../src/cli/modelFiles.ts';
import { openModel } from '../../../src/model/reader.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-model-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

test('what is written is a model that opens, given as folder or as model.json', async () => {
  await writeModelFiles(dir, await tinyModelFiles());
  for (const path of [dir, join(dir, 'model.json')]) {
    const model = await openModel(readFilesFrom(await modelFolder(path)));
    expect((await model.readPack('shared')).bytes.length).toBeGreaterThan(0);
  }
});

test('a model written over another takes its files away and leaves those of others', async () => {
  const files = await tinyModelFiles();
  await writeModelFiles(dir, new Map([...files]));
  await writeFile(join(dir, 'MODEL_CARD.md'), 'a card');
  const table = [...files.keys()].find((name) => name.startsWith('table-'))!;
  const fewer = new Map([...files].filter(([name]) => name !== table));
  await writeModelFiles(dir, fewer);
  expect((await readdir(dir)).sort()).toEqual([...fewer.keys(), 'MODEL_CARD.md'].sort());
});

test('a model.json that cannot be replaced leaves nothing unfinished behind', async () => {
  await writeModelFiles(dir, await tinyModelFiles());
  const { manifest } = await openModel(readFilesFrom(dir));
  await rm(join(dir, 'model.json'));
  await mkdir(join(dir, 'model.json'));
  const before = await readdir(dir);
  await expect(writeManifest(dir, manifest)).rejects.toThrow();
  expect(await readdir(dir)).toEqual(before);
});

test('a folder without a model, and a missing file, are named', async () => {
  const missing = { code: 'MODEL_FETCH_FAILED' };
  await expect(modelFolder(join(dir, 'nowhere'))).rejects.toMatchObject(missing);
  await expect(openModel(readFilesFrom(dir))).rejects.toMatchObject(missing);
});

test('accuracies are recorded for the subnets that were measured, and inspected', async () => {
  await writeModelFiles(dir, await tinyModelFiles({ accuracies: false }));
  const { manifest } = await openModel(readFilesFrom(dir));
  const [measured, other] = manifest.subnets;
  const { width, resolution, bits } = measured!;
  const evaluation = { width, resolution, bits, top1: 0.75, top5: 1, images: 8, medianMs: 3 };
  await writeManifest(dir, recordAccuracies(manifest, [evaluation], 'a test'));

  const recorded = (await openModel(readFilesFrom(dir))).manifest;
  expect(recorded.subnets[0]!.accuracy).toEqual({
    top1: 0.75,
    top5: 1,
    images: 8,
    dataset: 'a test',
  });
  expect({ ...recorded, subnets: [] }).toEqual({ ...manifest, subnets: [] });
  const inspection = inspectModel(recorded);
  expect(inspection.subnets).toHaveLength(manifest.subnets.length);
  expect(inspection.subnets[0]).toEqual({
    ...{ width, resolution, bits, top1: 0.75, top5: 1 },
    ...measured!.cost,
    tableBytes: measured!.table.sizeBytes,
  });
  expect(inspection.subnets[1]).toMatchObject({ resolution: other!.resolution, top1: null });
  expect(await readFile(join(dir, 'model.json'), 'utf8')).toContain('a test');
});

test('a limit takes pictures evenly from the whole data set', () => {
  expect(evenlySpaced([0, 1, 2, 3, 4, 5, 6], 3)).toEqual([0, 2, 4]);
  expect(evenlySpaced([0, 1], 5)).toEqual([0, 1]);
});
