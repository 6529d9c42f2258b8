import Table from 'cli-table3';
import type { Command } from 'commander';
import { describeEnvironment, runInChromium } from './chromium.ts';
import type { BenchRow } from './contender.ts';
import type { BenchOptions } from './page.ts';
import { runtimeBytes } from './wireBytes.ts';
import { writeJson } from './writeJson.ts';

interface RuntimesCommandOptions {
  readonly json?: string;
  readonly jsFlags?: string;
  readonly rounds: number;
  readonly resolution: number;
}

const descriptions: Readonly<Record<BenchOptions['what'], string>> = {
  runtimes:
    'our runtime and its peers, side by side in one headless Chromium; what runs by default',
  kernels: 'the same, and each dense kernel by itself wherever it is exact',
  webgpu: 'WebGPU emulated on the processor: only ratios mean anything',
};

export function addRuntimesCommands(program: Command): void {
  for (const what of ['runtimes', 'kernels', 'webgpu'] as const) {
    program
      .command(what, { isDefault: what === 'runtimes' })
      .description(descriptions[what])
      .option('--rounds <count>', 'frames of each', Number, what === 'webgpu' ? 10 : 100)
      .option('--resolution <pixels>', 'side of the input', Number, 224)
      .option('--json <file>', 'write the rows to a file')
      .option('--js-flags <flags>', "V8's flags, such as --no-enable-avx-vnni")
      .action((options: RuntimesCommandOptions) => timeRuntimes(what, options));
  }
}

async function timeRuntimes(
  what: BenchOptions['what'],
  { json, jsFlags, rounds, resolution }: RuntimesCommandOptions,
): Promise<void> {
  console.log(`timing ${rounds} frames of each, interleaved`);
  const { result: timed, environment } = await runInChromium(
    { page: 'bench/index.html', jsFlags, softwareWebgpu: what === 'webgpu' },
    async (page) => {
      await page.waitForFunction(() => 'runBench' in globalThis);
      return page.evaluate((given) => globalThis.runBench(given), { rounds, resolution, what });
    },
  );
  const codeBytes = await runtimeBytes();
  const rows = timed.map(({ modelBytes, ...row }): BenchRow => {
    return { ...row, wireBytes: codeBytes[row.runtime] + modelBytes };
  });
  console.log(describeEnvironment(environment));
  console.log(render(rows));
  if (json !== undefined) await writeJson(json, { environment, rows });
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
