import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { ProgressLine } from '../../src/cli/progressLine.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';
import { soakInChromium } from './soakInChromium.ts';
import type { SoakOptions, SoakReport } from './soakRun.ts';
import { verdictOn } from './verdict.ts';

/** `npm run soak`: hours of use in minutes, in headless Chromium, on a model of a few kilobytes unless told. */
async function main(): Promise<void> {
  const { json, ...options } = new Command('soak')
    .option('--frames <count>', '', Number, 200_000)
    .option('--switches <count>', 'random pins and budgets', Number, 20_000)
    .option('--cycles <count>', 'classifiers, one after the other', Number, 200)
    .option('--seed <number>', '', Number, 1)
    .option('--backend <name>', 'wasm or webgpu, on the software adapter', 'wasm')
    .option(
      '--model <path>',
      'a model.json in the repository, from its root',
      tinyModelPath('good'),
    )
    .option('--json <file>', 'write the report to a file')
    .parse()
    .opts<SoakOptions & { json?: string }>();
  const progress = new ProgressLine();
  const report = await soakInChromium(options, (frames) =>
    progress.show(frames, options.frames, `${frames} frames`),
  ).finally(() => progress.stop());
  console.log(render(report));
  if (json !== undefined) {
    await writeFile(json, `${JSON.stringify({ ...options, ...report }, null, 2)}\n`);
  }
  const complaints = verdictOn(report);
  for (const complaint of complaints) console.error(`not given back: ${complaint}`);
  process.exitCode = complaints.length === 0 ? 0 : 1;
}

function render({ frames, switches, cycles, levels, start, end, seconds }: SoakReport): string {
  const kilobytes = ['wasm', 'gpu', 'page heap', 'worker heap'].map((name) => `${name} KB`);
  const table = new Table({
    head: ['frames', ...kilobytes, 'workers', 'listeners', 'video frames'],
    style: { head: [], border: [] },
  });
  const nothing = kilobytes.map(() => '');
  table.push(['start', ...nothing, start.workers, start.listeners, start.videoFrames]);
  for (const level of levels) {
    const { wasmBytes, gpuBytes, pageHeapBytes, workerHeapBytes } = level;
    const bytes = [wasmBytes, gpuBytes, pageHeapBytes, workerHeapBytes];
    table.push([
      level.frames,
      ...bytes.map((value) => (value / 1000).toFixed(0)),
      ...[level.workers, level.listeners, level.videoFrames],
    ]);
  }
  table.push(['end', ...nothing, end.workers, end.listeners, end.videoFrames]);
  const summary = `${frames} frames, ${switches} switches, ${cycles} classifiers in ${seconds.toFixed(0)} s`;
  return `${table.toString()}\n${summary}`;
}

await main();
