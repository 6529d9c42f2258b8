import { mkdir, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readDataset } from '../../../src/training/node/dataset.ts';
import { decodeImage } from '../../../src/training/node/images.ts';
import { syntheticClasses } from '../../../src/training/node/synthetic/domains.ts';
import {
  type SyntheticDatasetSummary,
  writeSyntheticDataset,
} from '../../../src/training/node/synthetic/writeSyntheticDataset.ts';

const picturesPerClass = 2;
const sidePx = 48;
const seed = 7;
const total = 2 * syntheticClasses.length * picturesPerClass;

let root: string;
let written: SyntheticDatasetSummary;
const progress: (readonly [done: number, total: number])[] = [];

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'rtfq-synthetic-'));
  written = await writeSyntheticDataset({
    outDir: join(root, 'data'),
    picturesPerClass,
    sidePx,
    seed,
    onProgress: (done, all) => progress.push([done, all]),
  });
});

afterAll(() => rm(root, { recursive: true, force: true }));

async function contentsBelow(dir: string): Promise<ReadonlyMap<string, string>> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const contents = paths.map(
    async (path) => [relative(dir, path), await readFile(path, 'base64')] as const,
  );
  return new Map(await Promise.all(contents));
}

describe(`writeSyntheticDataset, seed ${seed}`, () => {
  test.each(['catalogue', 'webcam'] as const)(
    'writes %s as a data set of all classes',
    async (domain) => {
      const dataset = await readDataset(written.domainDirs[domain]);
      expect(dataset.name).toBe(domain);
      expect(dataset.classes).toEqual(syntheticClasses);
      expect(dataset.images).toHaveLength(syntheticClasses.length * picturesPerClass);
      for (const { path } of dataset.images) {
        const { width, height } = await decodeImage(path);
        expect([path, width, height]).toEqual([path, sidePx, sidePx]);
      }
    },
  );

  test('leaves nothing but the two domains', async () => {
    expect((await readdir(join(root, 'data'))).sort()).toEqual(['catalogue', 'webcam']);
    expect(written).toMatchObject({ classes: syntheticClasses, pictureCount: total });
  });

  test('tells its progress picture by picture', () => {
    expect(progress).toEqual(Array.from({ length: total }, (_, i) => [i + 1, total]));
  });

  test('writes the same bytes again, and the same first pictures of a smaller set', async () => {
    const { domainDirs } = await writeSyntheticDataset({
      outDir: join(root, 'again'),
      picturesPerClass: 1,
      sidePx,
      seed,
    });
    const [first, again] = [
      await contentsBelow(written.domainDirs.webcam),
      await contentsBelow(domainDirs.webcam),
    ];
    expect(again.size).toBe(syntheticClasses.length);
    for (const [path, bytes] of again) expect(first.get(path) === bytes, path).toBe(true);
  });

  test('draws no picture twice', async () => {
    const contents = [...(await contentsBelow(join(root, 'data'))).values()];
    expect(new Set(contents).size).toBe(total);
  });

  test('stops at the signal and leaves nothing', async () => {
    const controller = new AbortController();
    const outDir = join(root, 'aborted');
    let drawn = 0;
    const writing = writeSyntheticDataset({
      outDir,
      picturesPerClass: 100,
      sidePx,
      seed,
      signal: controller.signal,
      onProgress: (done) => {
        drawn = done;
        if (done === 5) controller.abort();
      },
    });
    await expect(writing).rejects.toMatchObject({ code: 'ABORTED' });
    expect(drawn).toBeLessThan(20);
    expect(await readdir(outDir)).toEqual([]);
  });

  test('does not mix with a data set that is there', async () => {
    const outDir = join(root, 'taken');
    await mkdir(join(outDir, 'webcam'), { recursive: true });
    await expect(writeSyntheticDataset({ outDir })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await readdir(outDir)).toEqual(['webcam']);
  });

  test.each([
    { picturesPerClass: 0 },
    { picturesPerClass: 1.5 },
    { sidePx: 8 },
    { seed: -1 },
    { seed: Number.NaN },
  ])('refuses %o before it writes', async (options) => {
    const outDir = join(root, 'refused');
    await expect(writeSyntheticDataset({ outDir, ...options })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    expect(await readdir(root)).not.toContain('refused');
  });
});
