import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import { Command } from 'commander';
import { modelFolder, readFilesFrom } from '../../src/cli/modelFiles.ts';
import { ProgressLine } from '../../src/cli/progressLine.ts';
import { openModel } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { checkedBuilds, checkPlans } from '../support/bounds/checkPlans.ts';
import { type FuzzTally, runFuzz } from './runFuzz.ts';

const shippedModel = 'models/office31-a2w-mobilenetv2';

/** `npm run fuzz`: hostile model files, input after input; or each access of the kernels to memory. */
async function main(): Promise<void> {
  const program = new Command('fuzz');
  program
    .command('inputs', { isDefault: true })
    .description('reads damaged and forged models; ends at the first that is not dealt with')
    .option('--seed <number>', 'another seed, other inputs', Number, 1)
    .option('--inputs <count>', 'how many', Number, 20_000)
    .option('--from <index>', "the first input's index; with --inputs 1, that one alone", Number, 0)
    .option('--json <file>', 'write the counts to a file')
    .action(fuzzInputs);
  program
    .command('plans')
    .description('runs all subnets of a model, each load and store of the kernels checked')
    .argument('[model]', 'a folder', shippedModel)
    .action(fuzzPlans);
  await program.parseAsync();
}

interface InputOptions {
  readonly seed: number;
  readonly inputs: number;
  readonly from: number;
  readonly json?: string;
}

async function fuzzInputs(options: InputOptions): Promise<void> {
  const progress = new ProgressLine();
  const startMs = performance.now();
  // Whoever ends it early is told what ran until then.
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort());
  try {
    const tally = await runFuzz({
      ...options,
      signal: stop.signal,
      onProgress({ inputs, slowest }) {
        const activity = `${inputs} inputs, the slowest ${slowest.ms.toFixed(0)} ms`;
        progress.show(inputs, options.inputs, activity);
      },
    });
    progress.stop();
    const seconds = (performance.now() - startMs) / 1000;
    console.log(render(tally));
    console.log(describe(tally, seconds));
    if (options.json !== undefined) await writeFile(options.json, asJson(tally, seconds));
  } finally {
    progress.stop();
  }
}

async function fuzzPlans(path: string): Promise<void> {
  const model = await openModel(readFilesFrom(await modelFolder(path)));
  const progress = new ProgressLine();
  try {
    for (const build of checkedBuilds) {
      const { subnets } = model.manifest;
      const name = `${build.build} ${JSON.stringify(build.dot)}`;
      let done = 0;
      const { plans, accesses } = await checkPlans(model, build, subnets, (subnet) => {
        done += 1;
        progress.show(done, subnets.length, `${name}: ${formatSubnet(subnet)}`);
      });
      console.log(`${name}: ${plans} plans, ${accesses} accesses, all inside of what is theirs`);
    }
  } finally {
    progress.stop();
  }
}

function render({ outcomes }: FuzzTally): string {
  const endings = [...new Set([...outcomes.values()].flatMap((counts) => [...counts.keys()]))];
  const table = new Table({ head: ['change', ...endings], style: { head: [], border: [] } });
  for (const [kind, counts] of outcomes) {
    table.push([kind, ...endings.map((ending) => counts.get(ending) ?? 0)]);
  }
  return table.toString();
}

function describe({ seed, inputs, accesses, slowest }: FuzzTally, seconds: number): string {
  const { index, ms } = slowest;
  return (
    `${inputs} inputs of seed ${seed} in ${seconds.toFixed(0)} s, ${accesses} accesses of kernels; ` +
    `the slowest input, ${index}, took ${ms.toFixed(0)} ms`
  );
}

function asJson({ outcomes, ...tally }: FuzzTally, seconds: number): string {
  const counts = [...outcomes].map(([kind, ends]) => [kind, Object.fromEntries(ends)] as const);
  const document = { ...tally, seconds, outcomes: Object.fromEntries(counts) };
  return `${JSON.stringify(document, null, 2)}\n`;
}

await main();
