import { basename } from 'node:path';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { describeEnvironment, runInChromium } from '../chromium.ts';
import { sectionsOf } from '../report/tables.ts';
import { addResultOptions, type ResultPaths, saveResult } from '../saveResult.ts';
import type { SubnetsResult } from './result.ts';

interface SubnetsCommandOptions extends ResultPaths {
  readonly model: string;
  readonly rounds: number;
  readonly jsFlags?: string;
}

export function addSubnetsCommand(program: Command): void {
  const command = program
    .command('subnets')
    .description('every subnet of a model, and the first frame after a switch')
    .option(
      '--model <dir>',
      'the model’s folder, in the repository',
      'models/office31-a2w-mobilenetv2',
    )
    .option('--rounds <count>', 'visits of each subnet', Number, 20)
    .option('--js-flags <flags>', "V8's flags, such as --no-enable-avx-vnni");
  addResultOptions(command).action(timeSubnets);
}

async function timeSubnets(options: SubnetsCommandOptions): Promise<void> {
  const { model, rounds, jsFlags } = options;
  const { result: measured, environment } = await runInChromium(
    { page: 'bench/subnets/index.html', jsFlags },
    async (page) => {
      await page.waitForFunction(() => 'runSubnets' in globalThis);
      return page.evaluate((given) => globalThis.runSubnets(given), {
        folder: `/${model}`,
        rounds,
      });
    },
  );
  const name = basename(model);
  const result: SubnetsResult = { kind: 'subnets', environment, model: name, ...measured };
  for (const { title, note, table } of sectionsOf(result)) {
    const drawn = new Table({ head: [...table.heads], style: { head: [], border: [] } });
    drawn.push(...table.rows.map((row) => [...row]));
    console.log(`${title}\n${note}\n${drawn.toString()}`);
  }
  console.log(describeEnvironment(environment));
  await saveResult(result, options);
}
