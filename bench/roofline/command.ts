import { type Command, Option } from 'commander';
import { type BitWidth, bitWidths } from '../../src/quant/bits.ts';
import { describeEnvironment, runInChromium } from '../chromium.ts';
import { type NetworkName, networkNames } from '../networks.ts';
import { addResultOptions, type ResultPaths, saveResult } from '../saveResult.ts';
import type { RooflineOptions } from './page.ts';
import { renderRoofline } from './render.ts';

interface RooflineCommandOptions extends ResultPaths {
  readonly jsFlags?: string;
  readonly rounds: number;
  readonly resolution: number;
  readonly network: readonly NetworkName[];
  readonly bits: readonly string[];
  readonly simd: RooflineOptions['simd'];
}

export function addRooflineCommand(program: Command): void {
  const command = program
    .command('roofline')
    .description('each layer’s kernel alone, against what the machine’s dot instructions can do')
    .addOption(
      new Option('--network <names...>', 'with random weights')
        .choices(networkNames)
        .default(networkNames),
    )
    .addOption(
      new Option('--bits <bits...>', 'bit-widths').choices(bitWidths.map(String)).default(['8']),
    )
    .addOption(
      new Option('--simd <builds...>', 'builds of the kernels')
        .choices(['relaxed', 'simd128'])
        .default(['relaxed']),
    )
    .option('--resolution <pixels>', 'side of the input', Number, 224)
    .option('--rounds <count>', 'samples of each step, of a millisecond or more', Number, 25)
    .option('--js-flags <flags>', "V8's flags, such as --no-enable-avx-vnni");
  addResultOptions(command).action(roofline);
}

async function roofline(options: RooflineCommandOptions): Promise<void> {
  const { network, bits, jsFlags, rounds, resolution, simd } = options;
  const asked: RooflineOptions = {
    ...{ rounds, resolution, simd },
    networks: network,
    bits: bits.map(Number) as BitWidth[],
  };
  const path = 'bench/roofline/index.html';
  const { result, environment } = await runInChromium({ page: path, jsFlags }, async (page) => {
    await page.waitForFunction(() => 'runRoofline' in globalThis);
    return page.evaluate((given) => globalThis.runRoofline(given), asked);
  });
  console.log(renderRoofline(result));
  console.log(describeEnvironment(environment));
  await saveResult({ kind: 'roofline', environment, ...result }, options);
}
