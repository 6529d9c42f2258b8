import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import Table from 'cli-table3';
import { Command } from 'commander';
import type { CDPSession } from 'playwright-core';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { chromiumFlags, findChromium, softwareWebgpuFlags } from '../../scripts/chromium.mjs';
import { ProgressLine } from '../../src/cli/progressLine.ts';
import { serveTinyModel } from '../support/serveTinyModel.ts';
import type { SoakOptions, SoakReport } from './soakRun.ts';
import { verdictOn } from './verdict.ts';

// The first time Vite bundles dependencies, on a machine that may do other things.
const loadTimeoutMs = 300_000;

const root = fileURLToPath(new URL('../..', import.meta.url));

/** `npm run soak`: hours of use in minutes, in headless Chromium, on a model of a few kilobytes. */
async function main(): Promise<void> {
  const { json, ...options } = new Command('soak')
    .option('--frames <count>', '', Number, 200_000)
    .option('--switches <count>', 'random pins and budgets', Number, 20_000)
    .option('--cycles <count>', 'classifiers, one after the other', Number, 200)
    .option('--seed <number>', '', Number, 1)
    .option('--backend <name>', 'wasm or webgpu, on the software adapter', 'wasm')
    .option('--json <file>', 'write the report to a file')
    .parse()
    .opts<Omit<SoakOptions, 'model'> & { json?: string }>();
  const report = await soakInChromium({ ...options, model: '/__tiny-model/good/model.json' });
  console.log(render(report));
  if (json !== undefined) await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
  const complaints = verdictOn(report);
  for (const complaint of complaints) console.error(`not given back: ${complaint}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

async function soakInChromium(options: SoakOptions): Promise<SoakReport> {
  const server = await createServer({
    root,
    logLevel: 'error',
    plugins: [serveTinyModel()],
    server: { port: 0, hmr: false, watch: null },
  });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [...chromiumFlags, ...softwareWebgpuFlags],
  });
  const progress = new ProgressLine();
  try {
    const page = await browser.newPage();
    page.setDefaultTimeout(loadTimeoutMs);
    page.on('console', (message) => {
      // Chromium says so of video frames that the garbage collector found open.
      if (message.type() !== 'debug') console.error(message.text());
    });
    const session = await page.context().newCDPSession(page);
    await page.exposeFunction('measureRtfqHeap', (framesSoFar: number) => {
      progress.show(framesSoFar, options.frames, `${framesSoFar} frames`);
      return heapBytes(session);
    });
    await page.goto(new URL('test/soak/index.html', server.resolvedUrls!.local[0]).href);
    await page.waitForFunction(() => 'soakRtfq' in globalThis);
    return await page.evaluate((o) => globalThis.soakRtfq(o), options);
  } finally {
    progress.stop();
    await browser.close();
    await server.close();
  }
}

/** The page's JavaScript heap, once all garbage is gone. */
async function heapBytes(session: CDPSession): Promise<number> {
  await session.send('HeapProfiler.collectGarbage');
  const { usedSize } = await session.send('Runtime.getHeapUsage');
  return usedSize;
}

function render({ frames, switches, cycles, levels, start, end, seconds }: SoakReport): string {
  const table = new Table({
    head: ['frames', 'wasm KB', 'gpu KB', 'heap KB', 'workers', 'listeners', 'video frames'],
    style: { head: [], border: [] },
  });
  const kilobytes = (bytes: number | null) => (bytes === null ? '' : (bytes / 1000).toFixed(0));
  table.push(['start', '', '', '', start.workers, start.listeners, start.videoFrames]);
  for (const level of levels) {
    const bytes = [level.wasmBytes, level.gpuBytes, level.heapBytes].map(kilobytes);
    table.push([level.frames, ...bytes, level.workers, level.listeners, level.videoFrames]);
  }
  table.push(['end', '', '', '', end.workers, end.listeners, end.videoFrames]);
  const summary = `${frames} frames, ${switches} switches, ${cycles} classifiers in ${seconds.toFixed(0)} s`;
  return `${table.toString()}\n${summary}`;
}

await main();
