import { createHash } from 'node:crypto';
import { mkdir, mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { RgbaFrame } from '../../../src/kernels/resize/contract.ts';
import { readDataset } from '../../../src/training/node/dataset.ts';
import { openFolderData } from '../../../src/training/node/folderData.ts';
import { FrameCache } from '../../../src/training/node/frameCache.ts';
import { decodeImage } from '../../../src/training/node/images.ts';
import { mapInFlight } from '../../../src/training/node/inFlight.ts';
import { batchRequests } from '../../../src/training/trainer/batchRequests.ts';
import type { PicturesByResolution, TrainingData } from '../../../src/training/trainer/data.ts';
import { renderView } from '../../../src/training/trainer/view.ts';
import { seededRandom } from '../../support/random.ts';
import { colourFrame } from '../../support/tinyData.ts';
import { tinyRecipe } from '../../support/tinyTrainee.ts';

const seed = 3;
const recipe = tinyRecipe({ seed, batch: { source: 4, target: 4 } });

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-folders-'));
  const random = seededRandom(seed);
  for (const [own, name] of ['ant', 'bee', 'cat'].entries()) {
    for (const i of [1, 2]) {
      await writeFrame(`source/${name}/${i}.png`, colourFrame(own, 1, random));
      await writeFrame(`target/${name}/${i}.png`, colourFrame(own, 0.6, random));
    }
  }
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function writeFrame(path: string, { data, width, height }: RgbaFrame): Promise<void> {
  await mkdir(dirname(join(dir, path)), { recursive: true });
  const raw = { width, height, channels: 4 } as const;
  await sharp(Buffer.from(data), { raw }).png().toFile(join(dir, path));
}

async function open(classes?: readonly string[]): Promise<TrainingData> {
  const source = await readDataset(join(dir, 'source'));
  return openFolderData({ source, target: join(dir, 'target'), classes });
}

/** One word for all pictures: a difference in words is printed at once, one in bytes takes minutes. */
function digestOf(pictures: PicturesByResolution): string {
  const hash = createHash('sha256');
  for (const bytes of pictures.values()) hash.update(bytes);
  return hash.digest('hex');
}

/** All that the steps of a training run get. */
async function batchesOf({ source, target }: TrainingData) {
  const batches = [];
  for (let step = 0; step < 4; step++) {
    const sourceRequests = batchRequests(recipe, 'source', step, source.count);
    const targetRequests = batchRequests(recipe, 'target', step, target.count);
    batches.push({
      labels: sourceRequests.map(({ index }) => source.labelOf(index)),
      source: digestOf(await source.load(sourceRequests, recipe.resolutions)),
      target: digestOf(await target.load(targetRequests, recipe.resolutions)),
    });
  }
  return batches;
}

describe('data in folders', () => {
  test('have the source’s classes and labels', async () => {
    const { classes, source, target } = await open();
    expect(classes).toEqual(['ant', 'bee', 'cat']);
    expect([source.count, target.count]).toEqual([6, 6]);
    expect([0, 1, 2, 3, 4, 5].map(source.labelOf)).toEqual([0, 0, 1, 1, 2, 2]);
  });

  test('have labels in the order of given class names', async () => {
    const { classes, source } = await open(['cat', 'ant', 'Bee']);
    expect(classes).toEqual(['cat', 'ant', 'Bee']);
    expect([0, 1, 2, 3, 4, 5].map(source.labelOf)).toEqual([1, 1, 2, 2, 0, 0]);
    await expect(open(['cat', 'ant'])).rejects.toMatchObject({ code: 'DATASET_FORMAT' });
  });

  test('are seen through the requested views, in the order of the requests', async () => {
    const { source } = await open();
    const centre = { kind: 'centre', fraction: 0.5 } as const;
    const colours = { brightness: 1.1, contrast: 0.8, saturation: 1.2, cast: [1, 0.9, 1] } as const;
    const crop = { kind: 'crop', left: 0.1, top: 0.2, side: 0.6, mirrored: true, colours } as const;
    const requests = [
      { index: 5, view: crop },
      { index: 0, view: centre },
      { index: 5, view: centre },
    ];
    const paths = ['cat/2.png', 'ant/1.png', 'cat/2.png'];
    const loaded = await source.load(requests, [16, 9]);
    for (const side of [16, 9]) {
      const expected = [];
      for (const [i, { view }] of requests.entries()) {
        const frame = await decodeImage(join(dir, 'source', paths[i]!));
        expected.push(...renderView(frame, view, side));
      }
      expect([...loaded.get(side)!]).toEqual(expected);
    }
  });

  test(`give the same batches however the target's labels are shuffled (seed ${seed})`, async () => {
    const before = await batchesOf(await open());
    const target = (name: string) => join(dir, 'target', name);
    // Every picture changes its class, some their name as well, and the classes are renamed.
    await rename(target('ant/1.png'), target('cat/9.png'));
    await rename(target('cat/1.png'), target('bee/0.png'));
    await rename(target('bee/1.png'), target('ant/1.png'));
    await rename(target('ant/2.png'), target('cat/7.png'));
    await rename(target('bee/2.png'), target('ant/5.png'));
    await rename(target('cat/2.png'), target('bee/3.png'));
    await rename(target('ant'), target('zebra'));
    await rename(target('cat'), target('aardvark'));
    expect(await batchesOf(await open())).toEqual(before);
  });

  test('take a target without any folders', async () => {
    const before = await batchesOf(await open());
    let name = 0;
    for (const folder of ['cat', 'bee', 'ant']) {
      for (const i of [1, 2]) {
        await rename(join(dir, 'target', folder, `${i}.png`), join(dir, 'target', `${++name}.png`));
      }
    }
    expect(await batchesOf(await open())).toEqual(before);
  });

  test('name the picture that cannot be decoded', async () => {
    await writeFile(join(dir, 'target/ant/1.png'), 'not a picture');
    const { target } = await open();
    const view = { kind: 'centre', fraction: 1 } as const;
    const requests = Array.from({ length: 6 }, (_, index) => ({ index, view }));
    await expect(target.load(requests, [8])).rejects.toMatchObject({
      code: 'IMAGE_DECODE_FAILED',
      message: expect.stringContaining('ant/1.png'),
    });
  });
});

describe('the cache of decoded pictures', () => {
  const frame = { data: new Uint8Array(100), width: 5, height: 5 };

  function counting(capacityBytes: number) {
    const decoded: string[] = [];
    const cache = new FrameCache(capacityBytes, async (path) => {
      decoded.push(path);
      if (path === 'broken' && decoded.length === 1) throw new Error('broken');
      return frame;
    });
    return { cache, decoded };
  }

  test('decodes each picture once, even one that is asked for twice at a time', async () => {
    const { cache, decoded } = counting(200);
    await Promise.all([cache.frameOf('a'), cache.frameOf('a'), cache.frameOf('b')]);
    expect(await cache.frameOf('a')).toBe(frame);
    expect(decoded).toEqual(['a', 'b']);
  });

  test('keeps the first ones when it is full', async () => {
    const { cache, decoded } = counting(250);
    for (const path of ['a', 'b', 'c', 'a', 'b', 'c']) await cache.frameOf(path);
    expect(decoded).toEqual(['a', 'b', 'c', 'c']);
  });

  test('does not keep a failure', async () => {
    const { cache } = counting(250);
    await expect(cache.frameOf('broken')).rejects.toThrow('broken');
    expect(await cache.frameOf('broken')).toBe(frame);
  });
});

describe('work in flight', () => {
  test('is never more than allowed, and its results come in order', async () => {
    let atWork = 0;
    let most = 0;
    const results = await mapInFlight([5, 1, 4, 2, 3], 2, async (value) => {
      most = Math.max(most, ++atWork);
      await new Promise((resolve) => setTimeout(resolve, value));
      atWork--;
      return 10 * value;
    });
    expect(results).toEqual([50, 10, 40, 20, 30]);
    expect(most).toBe(2);
  });

  test('ends with the first failure and begins nothing after it', async () => {
    const begun: number[] = [];
    const working = mapInFlight([0, 1, 2, 3, 4, 5], 2, async (value) => {
      begun.push(value);
      await new Promise((resolve) => setTimeout(resolve, 1));
      if (value === 1) throw new Error(`no ${value}`);
    });
    await expect(working).rejects.toThrow('no 1');
    expect(begun.length).toBeLessThan(5);
  });
});
