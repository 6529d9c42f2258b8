import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  hasSameClasses,
  listImages,
  matchClasses,
  readClassNamesFile,
  readDataset,
} from '../../../src/training/node/dataset.ts';
import { decodeImage, loadSquares } from '../../../src/training/node/images.ts';
import { sharedDir } from '../../support/sharedData.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-dataset-'));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

async function write(files: Record<string, string>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), content);
  }
}

describe('a folder per class', () => {
  test('gives classes by name and pictures by path, other files left out', async () => {
    await write({ 'back_pack/b.jpg': '', 'back_pack/a.PNG': '', 'back_pack/notes.txt': '' });
    await write({ 'axe/1.jpeg': '', '.cache/2.jpg': '' });
    const { classes, images, numbered } = await readDataset(dir);
    expect(numbered).toBe(false);
    expect(classes).toEqual(['axe', 'back pack']);
    expect(images).toEqual([
      { path: join(dir, 'axe/1.jpeg'), classIndex: 0 },
      { path: join(dir, 'back_pack/a.PNG'), classIndex: 1 },
      { path: join(dir, 'back_pack/b.jpg'), classIndex: 1 },
    ]);
  });

  test('is found inside the only folder', async () => {
    await write({ 'images/axe/1.jpg': '', 'images/bed/2.jpg': '' });
    expect((await readDataset(dir)).classes).toEqual(['axe', 'bed']);
  });

  test.each([
    ['nothing at all', {}],
    ['pictures without folders', { 'a.jpg': '' }],
    ['a class without pictures', { 'axe/1.jpg': '', 'bed/notes.txt': '' }],
  ])('%s is refused', async (_what, files) => {
    await write(files);
    await expect(readDataset(dir)).rejects.toMatchObject({ code: 'DATASET_FORMAT' });
  });

  test('a folder that is not there is named', async () => {
    await expect(readDataset(join(dir, 'missing'))).rejects.toThrow(/missing/);
  });
});

describe('numbered pictures', () => {
  test('are of the class on the line of their number', async () => {
    await write({
      'labels.txt': 'tench, Tinca tinca\ngoldfish\n',
      '0001_x.jpg': '',
      '0000_y.jpg': '',
    });
    const { classes, images, numbered } = await readDataset(dir);
    expect(numbered).toBe(true);
    expect(classes).toEqual(['tench', 'goldfish']);
    expect(images.map(({ classIndex }) => classIndex)).toEqual([0, 1]);
  });

  test.each([['0002_x.jpg'], ['x.jpg']])('%s of two classes is refused', async (file) => {
    await write({ 'labels.txt': 'a\nb\n', [file]: '' });
    await expect(readDataset(dir)).rejects.toMatchObject({ code: 'DATASET_FORMAT' });
  });

  test('an empty line among the names is refused', async () => {
    await write({ 'labels.txt': 'a\n\nb\n' });
    await expect(readClassNamesFile(join(dir, 'labels.txt'))).rejects.toThrow(/line 2/);
  });
});

describe('matching classes', () => {
  const dataset = { name: 'shots', classes: ['back pack', 'Bike'], numbered: false };

  test('goes by letters, in whatever order the model has them', () => {
    expect(matchClasses(dataset, ['bike', 'bottle', 'backpack'])).toEqual([2, 0]);
  });

  test('names the class that the model lacks', () => {
    expect(() => matchClasses(dataset, ['bike'])).toThrow(/back pack/);
  });

  test('goes by number where pictures are numbered', () => {
    const numbered = { name: 'photos', classes: ['crane', 'crane'], numbered: true };
    expect(matchClasses(numbered, ['bird', 'machine'])).toEqual([0, 1]);
    expect(() => matchClasses(numbered, ['bird'])).toThrow(/2 lines/);
  });
});

describe('the same classes', () => {
  const dataset = { classes: ['back pack', 'Bike'], numbered: false };

  test('are the same in another order and spelling, and no more and no fewer', () => {
    expect(hasSameClasses(dataset, ['bike', 'backpack'])).toBe(true);
    expect(hasSameClasses(dataset, ['bike', 'bottle', 'backpack'])).toBe(false);
    expect(hasSameClasses(dataset, ['bike'])).toBe(false);
    expect(hasSameClasses(dataset, ['bike', 'bike'])).toBe(false);
  });

  test('have the same order where they go by number', () => {
    const numbered = { classes: ['crane', 'gull', 'crane'], numbered: true };
    expect(hasSameClasses(numbered, ['crane', 'gull', 'crane'])).toBe(true);
    expect(hasSameClasses(numbered, ['crane', 'crane', 'gull'])).toBe(false);
  });
});

describe('pictures', () => {
  test('are listed through all folders', async () => {
    await write({ 'b/2.jpg': '', 'a/c/1.png': '', 'a/x.txt': '' });
    expect(await listImages(dir)).toEqual([join(dir, 'a/c/1.png'), join(dir, 'b/2.jpg')]);
  });

  test('are decoded upright, whatever their orientation flag says', async () => {
    // left half red, right half blue, to be turned a quarter clockwise
    const raw = Buffer.alloc(4 * 2 * 3);
    for (let i = 0; i < 8; i++) raw.set(i % 4 < 2 ? [255, 0, 0] : [0, 0, 255], 3 * i);
    const path = join(dir, 'turned.png');
    await sharp(raw, { raw: { width: 4, height: 2, channels: 3 } })
      .withMetadata({ orientation: 6 })
      .png()
      .toFile(path);
    const { data, width, height } = await decodeImage(path);
    expect([width, height]).toEqual([2, 4]);
    expect([...data.subarray(0, 4)]).toEqual([255, 0, 0, 255]);
    expect([...data.subarray(-4)]).toEqual([0, 0, 255, 255]);
    const [square] = await loadSquares(path, 1, [2]);
    expect(square).toHaveLength(2 * 2 * 3);
  });

  test('that are none are named', async () => {
    await write({ 'broken.jpg': 'not a picture' });
    await expect(decodeImage(join(dir, 'broken.jpg'))).rejects.toMatchObject({
      code: 'IMAGE_DECODE_FAILED',
      message: expect.stringContaining('broken.jpg'),
    });
  });
});

describe.skipIf(sharedDir === null)('the shared data sets', () => {
  test('are read whole', async () => {
    const webcam = await readDataset(join(sharedDir!, 'data/office31/webcam'));
    expect([webcam.images.length, webcam.classes.length]).toEqual([795, 31]);
    const photos = await readDataset(join(sharedDir!, 'data/imagenet-samples'));
    expect([photos.images.length, photos.classes.length]).toEqual([500, 1000]);
    expect(photos.classes[photos.images[0]!.classIndex]).toBe('tench');
  });
});
