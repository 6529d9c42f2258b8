// Takes the pictures of the demo that README.md shows: docs/images/demo-light.webp and demo-dark.webp. The camera's
// picture is docs/images/desk.svg, moved a little as by a hand; all else is the shipped model on this machine.
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import { build, preview } from 'vite';
import { writeClip } from '../test/support/fakeCamera.ts';
import { root } from './bundle.mjs';
import { chromiumFlags, findChromium } from './chromium.mjs';

const imagesDir = join(root, 'docs/images');
const screen = { width: 1440, height: 900 };
const frame = { width: 640, height: 480 };
const frames = 60;
const framesPerSecond = 30;
const swayPx = 6;
/** So long a chart is worth looking at. */
const watchMs = 12_000;
const patienceMs = 120_000;

/**
 * What else the machine does is not to be seen; and Chromium gives a camera that plays a file that file's path for
 * a name.
 */
const beforeThePage = `
  delete globalThis.PressureObserver;
  for (const { prototype } of [MediaDeviceInfo, MediaStreamTrack]) {
    Object.defineProperty(prototype, 'label', { get: () => 'Webcam' });
  }
`;

/** The scene as a camera in somebody's hand sees it, frame by frame. */
async function handHeldFrames(): Promise<Buffer[]> {
  const margin = 2 * swayPx;
  const scene = await sharp(join(imagesDir, 'desk.svg'))
    .resize(frame.width + margin, frame.height + margin, { fit: 'fill' })
    .png()
    .toBuffer();
  const pictures = [...Array(frames).keys()].map((index) => {
    const angle = (2 * Math.PI * index) / frames;
    const left = Math.round(swayPx * (1 + Math.sin(angle)));
    const top = Math.round(swayPx * (1 + Math.cos(angle)));
    return sharp(scene)
      .extract({ left, top, ...frame })
      .png()
      .toBuffer();
  });
  return Promise.all(pictures);
}

async function setLatency(page: Page, limit: string): Promise<void> {
  const slider = page.locator('#latency-limit');
  const shown = page.locator('#latency-limit-value');
  const stops = Number(await slider.getAttribute('max'));
  for (let stop = 0; stop <= stops; stop++) {
    await slider.fill(String(stop));
    if ((await shown.innerText()) === limit) return slider.blur();
  }
  throw new Error(`the slider has no stop of ${limit}`);
}

async function takeScreenshot(
  browser: Browser,
  url: string,
  colorScheme: 'light' | 'dark',
): Promise<void> {
  const page = await browser.newPage({ viewport: screen, colorScheme });
  page.setDefaultTimeout(patienceMs);
  await page.addInitScript({ content: beforeThePage });
  await page.goto(url);
  await page.locator('#label', { hasText: 'mug' }).waitFor();
  await page.locator('#latency-chart canvas').waitFor();
  await page.locator('#active-bits', { hasText: /[68] bit/ }).waitFor();
  await page.waitForTimeout(watchMs);
  await setLatency(page, '12 ms');
  await page.waitForTimeout(watchMs);
  await setLatency(page, '33 ms');
  await page.waitForTimeout(watchMs);
  await page.locator('#label', { hasText: 'mug' }).waitFor();
  const path = join(imagesDir, `demo-${colorScheme}.webp`);
  await sharp(await page.screenshot())
    .webp({ quality: 85, effort: 6 })
    .toFile(path);
  await page.close();
  console.log(`screenshots: ${path}`);
}

const folder = await mkdtemp(join(tmpdir(), 'rtfq-screenshots-'));
const outDir = join(folder, 'demo');
const configFile = join(root, 'vite.config.ts');
await build({
  configFile,
  logLevel: 'warn',
  build: { outDir, emptyOutDir: true, sourcemap: false },
});
const server = await preview({
  configFile,
  build: { outDir },
  preview: { host: 'localhost', port: 0, open: false },
});
const clip = join(folder, 'desk.mjpeg');
await writeClip(clip, await handHeldFrames(), 1000 / framesPerSecond);
const browser = await chromium.launch({
  executablePath: findChromium(),
  args: [
    ...chromiumFlags,
    '--use-fake-ui-for-media-stream',
    '--use-fake-device-for-media-stream',
    `--use-file-for-fake-video-capture=${clip}`,
  ],
});
const url = server.resolvedUrls?.local[0] ?? '';
for (const scheme of ['light', 'dark'] as const) {
  await takeScreenshot(browser, url, scheme);
}
await browser.close();
await server.close();
await rm(folder, { recursive: true });
