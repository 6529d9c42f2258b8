import { writeFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import Table from 'cli-table3';
import { Argument, Command } from 'commander';
import { chromium } from 'playwright-core';
import { createServer } from 'vite';
import { chromiumFlags, findChromium, softwareWebgpuFlags } from '../scripts/chromium.mjs';
import type { BenchRow, TimedContender } from './contender.ts';
import type { BenchOptions } from './page.ts';
import { runtimeBytes } from './wireBytes.ts';

/**
 * `npm run bench`: our runtime and its peers, side by side in one headless Chromium; or training and its
 * peers, in Node.
 */
async function main(): Promise<void> {
  const command = new Command('bench')
    .addArgument(
      new Argument(
        '[what]',
        'runtimes, or also each of our dense kernels by itself; or WebGPU on the processor; or training',
      )
        .choices(['runtimes', 'kernels', 'webgpu', 'train'])
        .default('runtimes'),
    )
    .option('--json <file>', 'write the rows to a file')
    .option(
      '--rounds <count>',
      'frames per contender (default: 100; webgpu 10), or steps (3)',
      Number,
    )
    .option('--resolution <pixels>', 'side of the input, in training besides 128', Number, 224)
    .option('--js-flags <flags>', "V8's flags, such as --no-enable-avx-vnni")
    .parse();
  const options = command.opts<{
    json?: string;
    rounds?: number;
    resolution: number;
    jsFlags?: string;
  }>();
  const { resolution } = options;
  const what = command.processedArgs[0] as 'runtimes' | 'kernels' | 'webgpu' | 'train';
  if (what === 'train') return runTraining(options.rounds ?? 3, resolution, options.json);
  const rounds = options.rounds ?? (what === 'webgpu' ? 10 : 100);
  console.log(`timing ${rounds} frames of each, interleaved`);
  const { timed, machine } = await runInChromium({ rounds, resolution, what }, options.jsFlags);
  const codeBytes = await runtimeBytes();
  const rows = timed.map(({ modelBytes, ...row }): BenchRow => {
    return { ...row, wireBytes: codeBytes[row.runtime] + modelBytes };
  });
  console.log(machine);
  console.log(render(rows));
  if (options.json !== undefined) await writeJson(options.json, { machine, rows });
}

async function runTraining(
  rounds: number,
  resolution: number,
  json: string | undefined,
): Promise<void> {
  const { benchTraining, renderTraining } = await import('./train.ts');
  console.log(`timing ${rounds} runs of each, interleaved; some minutes`);
  const bench = await benchTraining(rounds, resolution);
  const machine = `${describeCpu()}, Node ${process.versions.node}`;
  console.log(machine);
  console.log(renderTraining(bench));
  if (json !== undefined) await writeJson(json, { machine, ...bench });
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await writeFile(path, `${JSON.stringify(value, null, 2)}\n`);
}

function describeCpu(): string {
  const [cpu, ...others] = cpus();
  return `${cpu?.model.trim()}, ${1 + others.length} cores`;
}

async function runInChromium(
  options: BenchOptions,
  jsFlags: string | undefined,
): Promise<{ timed: readonly TimedContender[]; machine: string }> {
  const server = await createServer({ server: { port: 0 }, logLevel: 'error' });
  await server.listen();
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: [
      ...chromiumFlags,
      ...(options.what === 'webgpu' ? softwareWebgpuFlags : []),
      ...(jsFlags === undefined ? [] : [`--js-flags=${jsFlags}`]),
    ],
  });
  try {
    const page = await browser.newPage();
    page.on('pageerror', (error) => console.error(error));
    await page.goto(new URL('bench/index.html', server.resolvedUrls!.local[0]).href);
    await page.waitForFunction(() => 'runBench' in globalThis);
    const timed = await page.evaluate((o) => globalThis.runBench(o), options);
    const flags = jsFlags === undefined ? '' : `, ${jsFlags}`;
    const machine = `${describeCpu()}, Chromium ${browser.version()}${flags}`;
    return { timed, machine };
  } finally {
    await browser.close();
    await server.close();
  }
}

function render(rows: readonly BenchRow[]): string {
  const peer = rows.find(({ runtime }) => runtime === 'tfjs')!;
  const table = new Table({
    head: [
      'runtime',
      'backend',
      '',
      'median ms',
      'p95',
      'min',
      'first',
      'wire KB',
      'dispatches',
      'x tfjs',
    ],
    style: { head: [], border: [] },
  });
  for (const row of rows) {
    table.push([
      row.runtime,
      row.backend,
      row.precision,
      ...[row.medianMs, row.p95Ms, row.minMs, row.firstMs].map((ms) => ms.toFixed(1)),
      (row.wireBytes / 1000).toFixed(0),
      row.dispatches ?? '',
      (peer.medianMs / row.medianMs).toFixed(2),
    ]);
  }
  return table.toString();
}

await main();
