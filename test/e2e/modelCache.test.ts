import type { Browser, BrowserContext, CDPSession, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { launchChromium } from '../support/demoPage.ts';
import { type PageServer, servePage } from '../support/pageServer.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

let server: PageServer;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let session: CDPSession;
/** Model files that were asked of the server. */
let asked: string[];

beforeAll(async () => {
  server = await servePage('test/support/classifierPage.html');
  browser = await launchChromium([]);
});
beforeEach(async () => {
  context = await browser.newContext();
  page = await context.newPage();
  session = await context.newCDPSession(page);
  asked = [];
  context.on('request', (request) => {
    if (request.url().endsWith('.bin')) asked.push(request.url().split('/').pop()!);
  });
  await page.goto(server.url);
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const origin = () => new URL(server.url).origin;

/** Opens the tiny model, runs all of its subnets on one picture and tells of all that came of it. */
function visit(): Promise<{ labels: readonly string[]; problems: readonly string[] }> {
  return page.evaluate(async (model) => {
    const unknown = 'unknown' as const;
    const signals = { battery: unknown, pressure: unknown, visible: unknown, saveData: unknown };
    const classifier = await globalThis.createRtfqClassifier({ model, backend: 'wasm', signals });
    const labels: string[] = [];
    for (const { width, resolution, bits } of classifier.subnets) {
      await classifier.pin({ width, resolution, bits });
      const pixels = Uint8ClampedArray.from({ length: 4 * 64 * 64 }, (_, i) => (i * 31) & 255);
      const { classes } = await classifier.classify(new ImageData(pixels, 64, 64));
      labels.push(classes.map(({ label, probability }) => `${label} ${probability}`).join());
    }
    // What is kept, nobody waits for.
    await new Promise((resolve) => setTimeout(resolve, 200));
    const problems = classifier.capabilities.cacheProblems.map(({ kind }) => kind);
    await classifier.dispose();
    return { labels, problems };
  }, tinyModelPath('good'));
}

test('a second visit asks for no weights, and answers the same', async () => {
  const first = await visit();
  expect(first.problems).toEqual([]);
  expect(asked).toContain('weights-8.bin');
  asked.length = 0;
  expect(await visit()).toEqual(first);
  expect(asked).toEqual([]);
});

test('what is damaged in the cache is told as corrupted, downloaded anew, and kept again', async () => {
  const first = await visit();
  await page.evaluate(async () => {
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = (await cache.match(request))!;
        const bytes = new Uint8Array(await response.arrayBuffer());
        bytes[bytes.length >> 1]! ^= 1;
        await cache.put(request, new Response(bytes, { headers: response.headers }));
      }
    }
  });
  const second = await visit();
  expect(second.labels).toEqual(first.labels);
  expect(new Set(second.problems)).toEqual(new Set(['corrupted']));
  asked.length = 0;
  expect(await visit()).toEqual(first);
  expect(asked).toEqual([]);
});

test('what the browser has evicted is downloaded again, between two visits and under a classifier at work', async () => {
  const first = await visit();
  const evict = () =>
    session.send('Storage.clearDataForOrigin', {
      origin: origin(),
      storageTypes: 'cache_storage',
    });
  await evict();
  asked.length = 0;
  const visiting = visit();
  await expect.poll(() => asked.length).toBeGreaterThan(2);
  await evict();
  const second = await visiting;
  expect(second.labels).toEqual(first.labels);
  expect(asked).toContain('weights-8.bin');
  expect((await visit()).labels).toEqual(first.labels);
});

test('a storage that is full is told once, and keeps nothing from working', async () => {
  await session.send('Storage.overrideQuotaForOrigin', { origin: origin(), quotaSize: 1 });
  const first = await visit();
  expect(first.problems).toEqual(['full']);
  asked.length = 0;
  expect(await visit()).toEqual(first);
  expect(asked).toContain('weights-8.bin');
});
