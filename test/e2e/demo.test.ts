import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import { openModel } from '../../src/model/reader.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import {
  allowCamera,
  DemoPage,
  fakeCamera,
  launchChromium,
  type OpenOptions,
} from '../support/demoPage.ts';
import { type DemoServer, serveDemo } from '../support/demoServer.ts';
import { photoFrame, readLabels, settledLabels, writeClip } from '../support/fakeCamera.ts';
import { sharedDir } from '../support/sharedData.ts';

const modelDir = fileURLToPath(new URL('../../models/office31-a2w-mobilenetv2', import.meta.url));

/** A busy machine is no failure. */
const patience = { timeout: 20_000 };

let server: DemoServer;
let classes: readonly string[];

beforeAll(async () => {
  server = await serveDemo();
  classes = JSON.parse(await readFile(join(modelDir, 'model.json'), 'utf8')).classes;
});

afterAll(() => server?.close());

describe('with a camera', () => {
  let browser: Browser;
  const opened: DemoPage[] = [];

  beforeAll(async () => {
    browser = await launchChromium([allowCamera, ...fakeCamera()]);
  });

  afterAll(() => browser?.close());

  afterEach(async () => {
    for (const demo of opened.splice(0)) {
      await demo.close();
      expect(demo.complaints).toEqual([]);
    }
  });

  async function open(options?: OpenOptions): Promise<DemoPage> {
    const demo = await DemoPage.open(browser, server.url, options);
    opened.push(demo);
    return demo;
  }

  test('frames flow: a label, five guesses, the subnet and its figures are shown', async () => {
    const demo = await open();
    expect(classes).toContain(await demo.label());
    const guesses = await demo.page.locator('#ranking .rank-label').allInnerTexts();
    expect(new Set(guesses).size).toBe(5);
    for (const guess of guesses) expect(classes).toContain(guess);
    expect(await demo.subnet()).toMatch(/^\d+%, \d+ px, [468] bit$/);
    await expect.poll(() => demo.text('latency'), patience).toMatch(/^\d+(\.\d)? ms$/);
    await expect.poll(() => demo.text('fps'), patience).toMatch(/^\d+(\.\d)?$/);
    expect(await demo.text('accuracy')).toMatch(/^\d+\.\d%$/);
    expect(await demo.text('backend-name')).toBe('wasm');
    expect(await demo.text('downloaded')).toMatch(/MB$/);
  });

  test('pinning a dimension changes the subnet, auto gives it back', async () => {
    const demo = await open();
    await demo.label();
    const first = await demo.bestSubnet();
    await demo.pin('resolution', '160');
    await demo.expectSubnet(/, 160 px, /);
    await demo.pin('bits', '4');
    await demo.expectSubnet(/, 160 px, 4 bit$/);
    await demo.pin('bits', 'Auto');
    await demo.pin('resolution', 'Auto');
    await expect.poll(() => demo.subnet(), patience).toBe(first);
  });

  test('the latency budget moves the subnet, and the page says to what', async () => {
    const demo = await open();
    await demo.label();
    const best = await demo.bestSubnet();
    const slider = demo.page.getByRole('slider', { name: 'Latency budget' });
    await slider.fill('0');
    await expect.poll(() => demo.text('budget-value'), patience).toBe('1 ms');
    await expect.poll(() => demo.text('control-status'), patience).toMatch(/ms( here)?\.$/);
    await expect.poll(() => demo.subnet(), patience).not.toBe(best);
    await demo.page.getByRole('checkbox', { name: 'Latency budget' }).uncheck();
    await expect.poll(() => demo.subnet(), patience).toBe(best);
  });

  test('a picture can be opened instead, and the camera again', async () => {
    const demo = await open();
    await demo.label();
    await demo.page.setInputFiles('#picture-file', await drawnPicture());
    await demo.page.locator('#frame img').waitFor();
    expect(classes).toContain(await demo.label());
    expect(await demo.text('source-chip')).toBe('Picture');
    await demo.page.getByRole('button', { name: 'Camera' }).click();
    await demo.page.locator('#frame video').waitFor();
    expect(classes).toContain(await demo.label());
  });

  test('what is not a picture is refused in words, and the camera goes on', async () => {
    const demo = await open();
    await demo.label();
    const broken = {
      name: 'broken.jpg',
      mimeType: 'image/jpeg',
      buffer: Buffer.from('no picture'),
    };
    await demo.page.setInputFiles('#picture-file', broken);
    const notice = demo.page.getByRole('alert').filter({ hasText: 'broken.jpg' });
    await notice.waitFor();
    await notice.getByRole('button', { name: 'Go on' }).click();
    await notice.waitFor({ state: 'hidden' });
    expect(classes).toContain(await demo.label());
  });

  test('a hidden tab stops classifying until it is seen again', async () => {
    const demo = await open();
    await demo.label();
    await setHidden(demo, true);
    await demo.page.waitForTimeout(300);
    expect(await demo.page.evaluate(() => document.querySelector('video')!.paused)).toBe(true);
    await demo.page.evaluate(() => {
      document.getElementById('label')!.textContent = 'stale';
    });
    await demo.page.waitForTimeout(500);
    expect(await demo.text('label')).toBe('stale');
    await setHidden(demo, false);
    await expect.poll(() => demo.text('label'), patience).not.toBe('stale');
  });

  test('pause freezes the picture, resume goes on', async () => {
    const demo = await open();
    await demo.label();
    await demo.page.getByRole('button', { name: 'Pause' }).click();
    const video = demo.page.locator('#frame video');
    expect(await video.evaluate((element: HTMLVideoElement) => element.paused)).toBe(true);
    await demo.page.getByRole('button', { name: 'Resume' }).click();
    await expect
      .poll(() => video.evaluate((element: HTMLVideoElement) => element.paused))
      .toBe(false);
  });

  test('a camera that goes away is missed in words, and can be had again', async () => {
    const demo = await open();
    await demo.label();
    // No flag unplugs the fake camera: its track's event is all that a page would see.
    await demo.page.evaluate(() => {
      const stream = document.querySelector('video')!.srcObject as MediaStream;
      stream.getVideoTracks()[0]!.dispatchEvent(new Event('ended'));
    });
    await demo.page.getByRole('heading', { name: 'The camera is gone' }).waitFor();
    await demo.page.getByRole('button', { name: 'Try again' }).click();
    expect(classes).toContain(await demo.label());
  });

  test('fits a phone of 360 pixels, and shows the whole classified square', async () => {
    const demo = await open({ viewport: { width: 360, height: 740 }, hasTouch: true });
    await demo.label();
    const { scrollWidth, stage, crop } = await demo.page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      stage: document.getElementById('stage')!.getBoundingClientRect().toJSON(),
      crop: document.getElementById('crop')!.getBoundingClientRect().toJSON(),
    }));
    expect(scrollWidth).toBe(360);
    expect(crop.width).toBeCloseTo(crop.height, 0);
    expect(crop.left).toBeGreaterThanOrEqual(stage.left);
    expect(crop.right).toBeLessThanOrEqual(stage.right);
    expect(crop.bottom).toBeLessThanOrEqual(stage.bottom);
  });

  test('nothing moves while the network loads and labels change', async () => {
    const demo = await open({
      prepare: (page) =>
        page.addInitScript(() => {
          const shifts: number[] = [];
          Object.assign(globalThis, { shifts });
          new PerformanceObserver((list) => {
            for (const entry of list.getEntries())
              shifts.push((entry as unknown as { value: number }).value);
          }).observe({ type: 'layout-shift', buffered: true });
        }),
    });
    await demo.label();
    await demo.page.waitForTimeout(1000);
    const shifts = await demo.page.evaluate(
      () => (globalThis as unknown as { shifts: number[] }).shifts,
    );
    // "Good" is below 0.1 (web.dev/articles/cls).
    expect(shifts.reduce((sum, shift) => sum + shift, 0)).toBeLessThan(0.02);
  });
});

describe('without a camera', () => {
  let browser: Browser;

  beforeAll(async () => {
    browser = await launchChromium(fakeCamera());
  });

  afterAll(() => browser?.close());

  test('a denied camera is explained, and a picture works', async () => {
    const demo = await DemoPage.open(browser, server.url);
    await demo.page.getByRole('heading', { name: 'The camera is blocked' }).waitFor();
    await demo.page.setInputFiles('#any-file', await drawnPicture());
    expect(classes).toContain(await demo.label());
    await demo.page.locator('#notice').waitFor({ state: 'hidden' });
    expect(demo.complaints).toEqual([]);
    await demo.close();
  });

  test('a model that is not there is named, with what can be done', async () => {
    const demo = await DemoPage.open(browser, `${server.url}?model=models/none/model.json`);
    const notice = demo.page.getByRole('alert').filter({ hasText: 'MODEL_FETCH_FAILED' });
    await notice.waitFor();
    expect(await notice.innerText()).toContain('models/none/model.json');
    await notice.getByRole('button', { name: 'Try again' }).waitFor();
    await demo.close();
  });

  test('a model of another server is refused in words', async () => {
    const demo = await DemoPage.open(browser, `${server.url}?model=https://example.com/model.json`);
    const notice = demo.page.getByRole('alert').filter({ hasText: 'INVALID_ARGUMENT' });
    await notice.waitFor();
    expect(await notice.innerText()).toContain('https://example.com/model.json');
    await demo.close();
  });
});

describe.skipIf(sharedDir === null)('with a camera that shows real photographs', () => {
  const holdMs = 1000;
  /** From a photograph's first frame to its label on the page, with room for a busy machine. */
  const settleMs = 500;

  test('the page shows what the runtime says, mostly the right thing', async () => {
    const photos = await firstPhotos();
    const frames = await Promise.all(photos.map(({ path }, index) => photoFrame(path, index)));
    const folder = await mkdtemp(join(tmpdir(), 'rtfq-camera-'));
    const clip = join(folder, 'photos.mjpeg');
    await writeClip(clip, frames, holdMs);
    const browser = await launchChromium([allowCamera, ...fakeCamera(clip)]);
    try {
      const demo = await DemoPage.open(browser, server.url);
      await demo.label();
      const subnet = await demo.bestSubnet();
      const readings = await demo.page.evaluate(readLabels, (photos.length + 1) * holdMs);
      const shown = settledLabels(readings, photos.length, settleMs);
      const expected = await classifyInNode(frames, subnet);

      const report = photos.map(
        ({ label }, i) => `${label}: page ${shown[i]}, runtime ${expected[i]}`,
      );
      const agreeing = photos.filter((_, i) => shown[i] === expected[i]).length;
      const right = photos.filter(({ label }, i) => shown[i] === label).length;
      expect(agreeing / photos.length, report.join('\n')).toBeGreaterThanOrEqual(0.9);
      expect(right / photos.length, report.join('\n')).toBeGreaterThanOrEqual(0.6);
      expect(demo.complaints).toEqual([]);
    } finally {
      await browser.close();
      await rm(folder, { recursive: true });
    }
  });
});

interface Photo {
  readonly label: string;
  readonly path: string;
}

/** The first photograph of each class, whatever the model thinks of it; folders are in the classes' order. */
async function firstPhotos(): Promise<Photo[]> {
  const root = join(sharedDir!, 'data/office31/webcam');
  const folders = (await readdir(root)).sort();
  return Promise.all(
    folders.map(async (folder, index) => {
      const [first] = (await readdir(join(root, folder))).sort();
      return { label: classes[index]!, path: join(root, folder, first!) };
    }),
  );
}

/** What the runtime says of the same frames, without a browser. */
async function classifyInNode(frames: readonly Buffer[], subnetText: string): Promise<string[]> {
  const model = await openModel(
    async (file) => new Uint8Array(await readFile(join(modelDir, file))),
  );
  const backend = await openBackend('wasm');
  const session = new Session(model, backend);
  const [percent = 0, resolution = 0, bits = 0] = subnetText.split(', ').map(Number.parseFloat);
  await session.switchTo({ width: percent / 100, resolution, bits: bits as Subnet['bits'] });
  const labels: string[] = [];
  for (const frame of frames) {
    const { data, info } = await sharp(frame)
      .ensureAlpha()
      .raw()
      .toBuffer({ resolveWithObject: true });
    const { logits } = await session.run({ data, width: info.width, height: info.height });
    labels.push(topClasses(logits, classes, 1)[0]!.label);
  }
  session.dispose();
  return labels;
}

async function drawnPicture() {
  const buffer = await sharp({
    create: { width: 320, height: 240, channels: 3, background: '#8a9aa8' },
  })
    .png()
    .toBuffer();
  return { name: 'drawn.png', mimeType: 'image/png', buffer };
}

function setHidden(demo: DemoPage, hidden: boolean): Promise<void> {
  return demo.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
