import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { type BitWidth, bitWidths } from '../../src/quant/bits.ts';
import { describeEnvironment, runInChromium } from '../chromium.ts';
import { type NetworkName, networkNames } from '../networks.ts';
import { addResultOptions, type ResultPaths, saveResult } from '../saveResult.ts';
import { comparisonTable } from './columns.ts';
import { type RuntimeName, runtimeNames } from './contender.ts';
import type { BenchOptions } from './page.ts';
import type { BenchRow, RuntimesResult } from './result.ts';
import { codeBytes } from './wireBytes.ts';

interface RuntimesCommandOptions extends ResultPaths {
  readonly jsFlags?: string;
  readonly rounds: number;
  readonly inARow: number;
  readonly network: NetworkName;
  readonly resolution: number;
  readonly runtimes: readonly RuntimeName[];
  readonly bits: readonly string[];
  readonly threads: readonly string[];
  readonly leastPart?: number;
}

const descriptions: Readonly<Record<BenchOptions['what'], string>> = {
  runtimes:
    'our runtime and its peers, side by side in one headless Chromium; what runs by default',
  kernels: 'our runtime, and each of its dense kernels by itself wherever it is exact',
  webgpu: 'WebGPU emulated on the processor: only ratios mean anything',
};

export function addRuntimesCommands(program: Command): void {
  for (const what of ['runtimes', 'kernels', 'webgpu'] as const) {
    const command = program
      .command(what, { isDefault: what === 'runtimes' })
      .description(descriptions[what])
      .addOption(
        new Option('--network <name>', 'with random weights')
          .choices(networkNames)
          .default('mobilenetv2'),
      )
      .option('--resolution <pixels>', 'side of the input', Number, 224)
      .addOption(
        new Option('--runtimes <names...>', 'rtfq among them')
          .choices(runtimeNames)
          .default(runtimeNames),
      )
      .addOption(
        new Option('--bits <bits...>', 'our bit-widths, 8 among them')
          .choices(bitWidths.map(String))
          .default(['8', '6', '4']),
      )
      .option('--threads <counts...>', 'threads of those that can have them', ['1', '2'])
      .option(
        '--least-part <us>',
        "least microseconds of a thread's part, to try the threshold",
        Number,
      )
      .option('--rounds <count>', 'frames of each', Number, what === 'webgpu' ? 10 : 100)
      .option(
        '--in-a-row <count>',
        'how many of them at a time, before the next has its turn',
        Number,
        1,
      )
      .option('--js-flags <flags>', "V8's flags, such as --no-enable-avx-vnni");
    addResultOptions(command).action((options: RuntimesCommandOptions) => compare(what, options));
  }
}

async function compare(what: BenchOptions['what'], options: RuntimesCommandOptions): Promise<void> {
  const { rounds: frames, inARow, network, resolution, runtimes, jsFlags } = options;
  const bits = options.bits.map(Number) as BitWidth[];
  const threads = options.threads.map(Number);
  console.log(`timing ${frames} frames of each, ${inARow} in a row`);
  const { result: timed, environment } = await runInChromium(
    { page: 'bench/runtimes/index.html', jsFlags, softwareWebgpu: what === 'webgpu' },
    async (page) => {
      await page.waitForFunction(() => 'runBench' in globalThis);
      return page.evaluate((given) => globalThis.runBench(given), {
        ...{ rounds: Math.ceil(frames / inARow), inARow },
        ...{ network, resolution, runtimes, bits, threads, what },
        leastPartMicroseconds: options.leastPart,
      });
    },
  );
  const code = await codeBytes(timed);
  const rows = timed.map(({ modelBytes, ...row }, i): BenchRow => {
    return { ...row, wireBytes: code[i]! + modelBytes };
  });
  const result: RuntimesResult = { kind: what, environment, network, resolution, inARow, rows };
  const { heads, cells } = comparisonTable(rows);
  const table = new Table({ head: [...heads], style: { head: [], border: [] } });
  table.push(...cells.map((row) => [...row]));
  console.log(table.toString());
  console.log(`${network} at ${resolution}; ${describeEnvironment(environment)}`);
  await saveResult(result, options);
}
