import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { chromiumFlags, findChromium } from '../../scripts/chromium.mjs';
import type { ClassifierOptions } from '../../src/index.ts';
import { type PageServer, servePage } from '../support/pageServer.ts';
import type { VisitState } from '../support/pageVisit.ts';
import { TargetSession } from '../support/targetSession.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

const patience = { timeout: 30_000 };
const quietMs = 500;
const options = {
  model: tinyModelPath('good'),
  backend: 'wasm',
  signals: { battery: 'unknown', pressure: 'unknown', saveData: 'unknown' },
} as const;

let server: PageServer;
let browser: Browser;
let context: BrowserContext | undefined;

beforeAll(async () => {
  server = await servePage('test/support/classifierPage.html');
  browser = await chromium.launch({
    executablePath: findChromium(),
    args: chromiumFlags,
    // By default Playwright switches the cache off that the back button is served from.
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });
});
afterEach(() => context?.close());
afterAll(async () => {
  await browser?.close();
  await server?.close();
});

type Look = () => Promise<VisitState>;

/** Waits for results beyond those that are there, all of the same label and without an error. */
async function expectMoreResults(look: Look): Promise<void> {
  const { results } = await look();
  await expect.poll(async () => (await look()).results, patience).toBeGreaterThan(results + 5);
  expect(await look()).toMatchObject({ labels: [expect.any(String)], error: null });
}

describe('a frozen page', () => {
  /** A page that Playwright does not know of: those that it knows have the focus for good, and never freeze. */
  async function open(options: ClassifierOptions) {
    const carrier = await browser.newBrowserCDPSession();
    const { browserContextId } = await carrier.send('Target.createBrowserContext');
    const target = { url: server.url, browserContextId };
    const { targetId } = await carrier.send('Target.createTarget', target);
    const attach = { targetId, flatten: false };
    const { sessionId } = await carrier.send('Target.attachToTarget', attach);
    const page = new TargetSession(carrier, sessionId);
    const evaluate = async (expression: string) => {
      const asked = { expression, awaitPromise: true, returnByValue: true };
      const answer = await page.send('Runtime.evaluate', asked);
      return (answer as { result: { value?: unknown } }).result.value;
    };
    await expect.poll(() => evaluate("'RtfqPageVisit' in globalThis"), patience).toBe(true);
    const started = `RtfqPageVisit.start(${JSON.stringify(options)})`;
    await evaluate(`${started}.then((visit) => { globalThis.rtfqVisit = visit; })`);
    return {
      look: () => evaluate('rtfqVisit.state') as Promise<VisitState>,
      end: () => evaluate('rtfqVisit.end()'),
      enter: (state: 'frozen' | 'active') => page.send('Page.setWebLifecycleState', { state }),
      /** Freezing hides a page, for good. */
      show: (enabled: boolean) => page.send('Emulation.setFocusEmulationEnabled', { enabled }),
      close: () => carrier.send('Target.disposeBrowserContext', { browserContextId }),
    };
  }

  /** After what was under way has ended. */
  async function expectStillness(look: Look): Promise<void> {
    const quiet = () => new Promise((resolve) => setTimeout(resolve, quietMs));
    await quiet();
    const { results } = await look();
    await quiet();
    expect((await look()).results).toBe(results);
  }

  test.each([
    ['which frames wait to be seen on', {}],
    ['which classifies in the background', { visible: 'unknown' }],
  ] as const)(
    'stands still, %s, and goes on with the same classifier, no frame lost',
    async (_, signals) => {
      const page = await open({ ...options, signals: { ...options.signals, ...signals } });
      await expectMoreResults(page.look);
      for (let freezes = 0; freezes < 3; freezes++) {
        await page.enter('frozen');
        await expectStillness(page.look);
        await page.enter('active');
        if (!('visible' in signals)) {
          await expectStillness(page.look);
          await page.show(true);
        }
        await expectMoreResults(page.look);
        await page.show(false);
      }
      expect(await page.end()).toEqual(['ok', 'ok', 'ok', 'DISPOSED']);
      await page.close();
    },
  );
});

describe.each([
  ['with a Web Lock that watches its worker', () => {}],
  [
    'without Web Locks',
    () => {
      Object.defineProperty(navigator, 'locks', { value: undefined });
    },
  ],
])('the back button, on a page %s', (_, init) => {
  async function open(): Promise<Page> {
    context = await browser.newContext();
    const page = await context.newPage();
    await page.addInitScript(init);
    await page.goto(server.url);
    await start(page);
    return page;
  }

  function start(page: Page): Promise<void> {
    return page.evaluate(async (options) => {
      globalThis.rtfqVisit = await globalThis.RtfqPageVisit.start(options);
    }, options);
  }

  test('brings the page back from the cache, with a classifier that goes on; or anew, and it can be opened', async () => {
    const page = await open();
    const look = () => page.evaluate(() => globalThis.rtfqVisit!.state);
    await expectMoreResults(look);
    let restored = 0;
    for (let visits = 0; visits < 6; visits++) {
      await page.goto('data:text/html,elsewhere');
      await page.goBack({ waitUntil: 'commit' });
      await page.waitForFunction(() => 'RtfqPageVisit' in globalThis);
      // Now and then Chromium throws a page out of the cache: it saw JavaScript run in it.
      if (await page.evaluate(() => globalThis.rtfqVisit === undefined)) await start(page);
      else restored += 1;
      await expectMoreResults(look);
    }
    expect(restored).toBeGreaterThanOrEqual(3);
    const ends = await page.evaluate(() => globalThis.rtfqVisit!.end());
    expect(ends).toEqual(['ok', 'ok', 'ok', 'DISPOSED']);
  });
});
