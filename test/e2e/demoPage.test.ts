import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import AxeBuilder from '@axe-core/playwright';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  allowCamera,
  DemoPage,
  fakeCamera,
  launchChromium,
  patience,
} from '../support/demoPage.ts';
import { type DemoServer, serveDemo } from '../support/demoServer.ts';

const reportFile = fileURLToPath(new URL('../output/demo.json', import.meta.url));

let server: DemoServer;
let browser: Browser;

beforeAll(async () => {
  server = await serveDemo();
  browser = await launchChromium([allowCamera, ...fakeCamera()]);
});

afterAll(async () => {
  await browser?.close();
  await server?.close();
});

const phone = { viewport: { width: 390, height: 844 }, hasTouch: true } as const;
const desk = { viewport: { width: 1440, height: 900 } } as const;

/** Waits for the last parts of the page: both charts with something to show. */
async function chartsDrawn({ page }: DemoPage): Promise<void> {
  await page.locator('#latency-chart canvas').waitFor(patience);
  await page.locator('#map-summary', { hasText: /^48 sizes/ }).waitFor(patience);
}

describe('looks', () => {
  test.each([360, 390, 760, 1200, 1440])('nothing sticks out at a width of %d', async (width) => {
    const demo = await DemoPage.open(browser, server.url, { viewport: { width, height: 844 } });
    await demo.label();
    await chartsDrawn(demo);
    const { scrollWidth, stage, crop } = await demo.page.evaluate(() => ({
      scrollWidth: document.documentElement.scrollWidth,
      stage: document.getElementById('stage')!.getBoundingClientRect().toJSON(),
      crop: document.getElementById('crop')!.getBoundingClientRect().toJSON(),
    }));
    expect(scrollWidth).toBe(width);
    expect(crop.width).toBeCloseTo(crop.height, 0);
    expect(crop.left).toBeGreaterThanOrEqual(stage.left);
    expect(crop.right).toBeLessThanOrEqual(stage.right);
    expect(crop.bottom).toBeLessThanOrEqual(stage.bottom);
    await demo.close();
  });

  test('dark where the system is dark, also after a change', async () => {
    const demo = await DemoPage.open(browser, server.url, { ...desk, colorScheme: 'dark' });
    await demo.label();
    await chartsDrawn(demo);
    const ground = () => demo.page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    expect(await ground()).toBe('rgb(17, 20, 23)');
    await demo.page.emulateMedia({ colorScheme: 'light' });
    expect(await ground()).toBe('rgb(245, 244, 241)');
    await demo.close();
  });

  test.each([
    ['a phone', 'light', phone],
    ['a phone', 'dark', phone],
    ['a desk', 'light', desk],
    ['a desk', 'dark', desk],
  ] as const)('on %s, %s: axe finds no serious fault', async (_, colorScheme, device) => {
    const demo = await DemoPage.open(browser, server.url, { ...device, colorScheme });
    await demo.label();
    await chartsDrawn(demo);
    await demo.page.getByText('As a table').click();
    const { violations } = await new AxeBuilder({ page: demo.page }).analyze();
    const faults = violations
      .filter(({ impact }) => impact === 'serious' || impact === 'critical')
      .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
    expect(faults).toEqual([]);
    await demo.close();
  });
});

test('opens without a network after the first visit', async () => {
  const demo = await DemoPage.open(browser, server.url);
  await demo.label();
  await expect.poll(() => demo.text('offline'), patience).toContain('ready');
  await demo.page.context().setOffline(true);
  await demo.page.goto(`${server.url}?backend=wasm`);
  await demo.label();
  await demo.page.locator('#latency-chart canvas').waitFor(patience);
  expect(await demo.text('backend-name')).toBe('wasm');
  await demo.close();
});

describe('what a first visit costs', () => {
  const pageLimitBytes = 150_000;
  // "Good" is below 0.1 (web.dev/articles/cls).
  const shiftLimit = 0.02;
  let cost: Cost;

  beforeAll(async () => {
    cost = await firstVisit();
    await mkdir(dirname(reportFile), { recursive: true });
    await writeFile(reportFile, `${JSON.stringify(cost, null, 2)}\n`);
  });

  test('the page with its charts is small', () => {
    expect(cost.pageGzipBytes).toBeGreaterThan(0);
    expect(cost.pageGzipBytes).toBeLessThanOrEqual(pageLimitBytes);
    expect(cost.files.some(({ name }) => name.includes('uPlot'))).toBe(true);
  });

  test('before the first label only the first weights are fetched', () => {
    const isTable = (name: string) => name.startsWith('table-');
    const [manifest, ...packs] = cost.modelFilesBeforeLabel.filter((name) => !isTable(name));
    expect(manifest).toBe('model.json');
    expect(packs).toEqual(['weights-4.bin', 'weights-shared.bin']);
    // Of the subnet that backends are tried on, and of the one that runs first.
    const tables = cost.modelFilesBeforeLabel.filter(isTable);
    expect(tables.length).toBeLessThanOrEqual(2);
    for (const table of tables) expect(table).toMatch(/-4\.bin$/);
  });

  test('charts come after the label', () => {
    const chart = cost.files.find(({ name }) => name.includes('uPlot'))!;
    expect(chart.startMs).toBeGreaterThanOrEqual(cost.marks.label);
  });

  test('nothing moves', () => {
    expect(cost.layoutShift).toBeLessThan(shiftLimit);
  });
});

interface Cost {
  /** When the camera's first frame, the network and the first label were there, from the navigation on. */
  readonly marks: { readonly source: number; readonly network: number; readonly label: number };
  readonly labelAfterFirstFrameMs: number;
  readonly pageGzipBytes: number;
  readonly modelBytesBeforeLabel: number;
  readonly modelFilesBeforeLabel: readonly string[];
  readonly layoutShift: number;
  /** Over 50 ms; a machine that does other things makes more of them, so that they are only reported. */
  readonly longTasks: readonly { readonly startMs: number; readonly durationMs: number }[];
  /** Of the longest task of the page's thread, without the time that others had the processor; reported only. */
  readonly longestTaskCpuMs: number;
  readonly files: readonly FetchedFile[];
}

interface FetchedFile {
  readonly name: string;
  readonly startMs: number;
  readonly sizeBytes: number;
  readonly gzipBytes: number;
}

interface Observed {
  readonly shifts: number[];
  readonly longTasks: { startMs: number; durationMs: number }[];
}

/** Chromium's own start-up is no part of a visit. */
const browserStartMs = 2500;

async function firstVisit(): Promise<Cost> {
  const fetched: Promise<FetchedFile>[] = [];
  await browser.startTracing(undefined, { categories: ['toplevel', 'blink.user_timing'] });
  const demo = await DemoPage.open(browser, server.url, {
    ...desk,
    prepare: async (page) => {
      await page.addInitScript(observe);
      await page.waitForTimeout(browserStartMs);
      page.on('requestfinished', (request) => {
        // What the service worker keeps for later is no part of the visit.
        if (!request.serviceWorker()) fetched.push(weigh(request));
      });
    },
  });
  await demo.label();
  await chartsDrawn(demo);
  await demo.page.waitForTimeout(2000);
  const longestTaskCpuMs = longestCpuMs(await browser.stopTracing());
  const { marks, timeOrigin, observed } = await readPage(demo.page);
  expect(demo.complaints).toEqual([]);
  const files = (await Promise.all(fetched)).map((file) => ({
    ...file,
    startMs: Math.round(file.startMs - timeOrigin),
  }));
  await demo.close();
  const isModel = ({ name }: FetchedFile) => /\.bin$|^model\.json$/.test(name);
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    marks,
    labelAfterFirstFrameMs: marks.label - marks.source,
    pageGzipBytes: sum(files.filter((file) => !isModel(file)).map(({ gzipBytes }) => gzipBytes)),
    modelBytesBeforeLabel: sum(
      files
        .filter((file) => isModel(file) && file.startMs < marks.label)
        .map(({ sizeBytes }) => sizeBytes),
    ),
    modelFilesBeforeLabel: files
      .filter((file) => isModel(file) && file.startMs < marks.label)
      .map(({ name }) => name)
      .sort(),
    layoutShift: sum(observed.shifts),
    longTasks: observed.longTasks,
    longestTaskCpuMs,
    files: files.sort((a, b) => a.startMs - b.startMs),
  };
}

async function weigh(request: import('playwright-core').Request): Promise<FetchedFile> {
  const body = await (await request.response())!.body();
  return {
    name: new URL(request.url()).pathname.split('/').at(-1) || 'index.html',
    startMs: request.timing().startTime,
    sizeBytes: body.length,
    gzipBytes: gzipSync(body, { level: 9 }).length,
  };
}

/** What of Chromium's trace events is read here; times are in microseconds. */
interface TraceEvent {
  readonly name: string;
  readonly pid: number;
  readonly tid: number;
  readonly tdur?: number;
}

function longestCpuMs(trace: Buffer): number {
  const { traceEvents } = JSON.parse(trace.toString()) as { traceEvents: TraceEvent[] };
  // Chromium has pages of its own: this one's thread is that of its marks.
  const page = traceEvents.find(({ name }) => name.startsWith('rtfq: '))!;
  const tasks = traceEvents.filter(
    ({ name, pid, tid }) => name.endsWith('RunTask') && pid === page.pid && tid === page.tid,
  );
  return Math.max(...tasks.map(({ tdur }) => (tdur ?? 0) / 1000));
}

/** Runs in the page, before all else. */
function observe(): void {
  const observed: Observed = { shifts: [], longTasks: [] };
  Object.assign(globalThis, { observed });
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const { value, hadRecentInput } = entry as PerformanceEntry & {
        value: number;
        hadRecentInput: boolean;
      };
      if (!hadRecentInput) observed.shifts.push(value);
    }
  }).observe({ type: 'layout-shift', buffered: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) {
      observed.longTasks.push({ startMs: Math.round(startTime), durationMs: Math.round(duration) });
    }
  }).observe({ type: 'longtask', buffered: true });
}

function readPage(page: Page) {
  return page.evaluate(() => {
    const at = (name: string) =>
      Math.round(performance.getEntriesByName(`rtfq: ${name}`)[0]!.startTime);
    return {
      marks: { source: at('source'), network: at('network'), label: at('label') },
      timeOrigin: performance.timeOrigin,
      observed: (globalThis as unknown as { observed: Observed }).observed,
    };
  });
}
