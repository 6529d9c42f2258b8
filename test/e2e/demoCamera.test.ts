import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  allowCamera,
  DemoPage,
  drawnPicture,
  fakeCamera,
  launchChromium,
  type OpenOptions,
  patience,
} from '../support/demoPage.ts';
import { type DemoServer, serveDemo } from '../support/demoServer.ts';

const modelFile = new URL('../../models/office31-a2w-mobilenetv2/model.json', import.meta.url);

let server: DemoServer;
let classes: readonly string[];

beforeAll(async () => {
  server = await serveDemo();
  classes = JSON.parse(await readFile(fileURLToPath(modelFile), 'utf8')).classes;
});

afterAll(() => server?.close());

describe('with a camera', () => {
  let browser: Browser;
  const opened: DemoPage[] = [];

  beforeAll(async () => {
    browser = await launchChromium([allowCamera, ...fakeCamera(undefined, 2)]);
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

  test('a picture can be opened instead, and the camera again', async () => {
    const demo = await open();
    await demo.label();
    await demo.page.setInputFiles('#picture-file', await drawnPicture());
    await demo.page.locator('#frame img').waitFor();
    expect(classes).toContain(await demo.label());
    expect(await demo.text('source-chip')).toBe('Picture');
    await demo.page.getByRole('button', { name: 'Camera', exact: true }).click();
    await demo.page.locator('#frame video').waitFor();
    expect(classes).toContain(await demo.label());
  });

  test('a picture can be dropped on the page', async () => {
    const demo = await open();
    await demo.label();
    const { buffer } = await drawnPicture();
    const drop = await demo.page.evaluateHandle(
      (bytes) => {
        const transfer = new DataTransfer();
        transfer.items.add(new File([new Uint8Array(bytes)], 'dropped.png', { type: 'image/png' }));
        return transfer;
      },
      [...buffer],
    );
    await demo.page.dispatchEvent('body', 'dragover', { dataTransfer: drop });
    expect(await demo.page.locator('.drop-hint').isVisible()).toBe(true);
    await demo.page.dispatchEvent('body', 'drop', { dataTransfer: drop });
    await demo.page.getByAltText('Picture dropped.png').waitFor();
    expect(await demo.page.locator('.drop-hint').isVisible()).toBe(false);
    expect(classes).toContain(await demo.label());
  });

  test('the camera can be mirrored, which the network does not see, and chosen', async () => {
    const demo = await open();
    await demo.label();
    const mirror = demo.page.getByRole('button', { name: 'Mirror' });
    expect(await mirror.getAttribute('aria-pressed')).toBe('false');
    await mirror.click();
    expect(await mirror.getAttribute('aria-pressed')).toBe('true');
    const transform = await demo.page
      .locator('#frame')
      .evaluate((element) => getComputedStyle(element).transform);
    expect(transform).toBe('matrix(-1, 0, 0, 1, 0, 0)');
    const choice = demo.page.getByRole('combobox', { name: 'Which camera' });
    await expect.poll(() => choice.locator('option').count(), patience).toBeGreaterThan(1);
    await choice.selectOption({ index: 1 });
    const chosen = await choice.inputValue();
    const running = () =>
      demo.page.evaluate(() => {
        const stream = document.querySelector('video')?.srcObject as MediaStream | undefined;
        return stream?.getVideoTracks()[0]?.getSettings().deviceId;
      });
    await expect.poll(running, patience).toBe(chosen);
    expect(classes).toContain(await demo.label());
    expect(await choice.inputValue()).toBe(chosen);
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

function setHidden(demo: DemoPage, hidden: boolean): Promise<void> {
  return demo.page.evaluate((value) => {
    Object.defineProperty(document, 'hidden', { configurable: true, value });
    document.dispatchEvent(new Event('visibilitychange'));
  }, hidden);
}
