import Table from 'cli-table3';
import { type Command, Option } from 'commander';
import { type BackendName, backendNames } from '../backends/backend.ts';
import { openBackend } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { openModel } from '../model/reader.ts';
import { findSubnet, formatSubnet, type Subnet, sameSubnet } from '../network/subnet.ts';
import { Session } from '../runtime/session.ts';
import type { SubnetEvaluation } from './evaluateModel.ts';
import { formatPercent } from './format.ts';
import { modelFolder, readFilesFrom, writeManifest } from './modelFiles.ts';
import { parseCount, parseSubnetOption } from './options.ts';
import { ProgressLine } from './progressLine.ts';

interface EvalOptions {
  readonly model: string;
  readonly data: string;
  readonly subnet?: Subnet;
  readonly all?: true;
  readonly backend: BackendName;
  readonly limit?: number;
  readonly json?: true;
  readonly record?: true;
  readonly datasetName?: string;
}

/** What `eval --json` prints. */
export interface EvalReport {
  readonly model: string;
  readonly backend: string;
  readonly subnets: readonly SubnetEvaluation[];
}

export function addEvalCommand(program: Command, signal: AbortSignal): void {
  program
    .command('eval')
    .description('measure accuracy and time of a model’s subnets on labelled pictures')
    .requiredOption('--model <dir>', 'folder of the model, or its model.json')
    .requiredOption('--data <dir>', 'a folder per class, or numbered pictures and labels.txt')
    .addOption(
      new Option('--subnet <width,resolution,bits>', 'one subnet, such as 1.0,224,8')
        .argParser(parseSubnetOption)
        .conflicts('all'),
    )
    .option('--all', 'all subnets (this is what happens without --subnet)')
    .addOption(
      new Option('--backend <name>', 'what computes').choices(backendNames).default('wasm'),
    )
    .option('--limit <count>', 'at most so many pictures, evenly spaced', parseCount)
    .option('--json', 'print JSON')
    .option('--record', 'write the accuracies into model.json')
    .option('--dataset-name <name>', 'what --record calls the data set (default: its folder)')
    .action((options: EvalOptions) => runEval(options, signal));
}

async function runEval(options: EvalOptions, signal: AbortSignal): Promise<void> {
  const [{ evaluateModel }, { readDataset }] = await Promise.all([
    import('./evaluateModel.ts'),
    import('../training/node/dataset.ts'),
  ]);
  const dir = await modelFolder(options.model);
  const model = await openModel(readFilesFrom(dir));
  const dataset = await readDataset(options.data);
  const subnets =
    options.subnet === undefined
      ? model.manifest.subnets
      : [findSubnet(model.manifest.subnets, options.subnet)];
  const { backend } = await openBackend(options.backend);
  const session = new Session(model, backend);
  const progress = new ProgressLine();
  try {
    const evaluations = await evaluateModel({
      session,
      subnets,
      dataset,
      limit: options.limit,
      onPicture: (done, total) => progress.show(done, total, `picture ${done} of ${total}`),
      signal,
    });
    progress.stop();
    if (options.record) {
      const name = options.datasetName ?? dataset.name;
      await writeManifest(dir, recordAccuracies(model.manifest, evaluations, name));
    }
    const report: EvalReport = {
      model: model.manifest.name,
      backend: backend.name,
      subnets: evaluations,
    };
    console.log(options.json ? JSON.stringify(report, null, 2) : formatReport(report));
  } finally {
    progress.stop();
    session.dispose();
  }
}

/** The manifest with the accuracies of those of its subnets that were measured. */
export function recordAccuracies(
  manifest: Manifest,
  evaluations: readonly SubnetEvaluation[],
  dataset: string,
): Manifest {
  const subnets = manifest.subnets.map((entry) => {
    const measured = evaluations.find((one) => sameSubnet(one, entry));
    if (measured === undefined) return entry;
    const { top1, top5, images } = measured;
    return { ...entry, accuracy: { top1, top5, images, dataset } };
  });
  if (dataset.length === 0 || dataset.length > 200) {
    throw new RtfqError('INVALID_ARGUMENT', 'the name of the data set', {
      got: `${dataset.length} characters`,
      expected: '1 to 200',
    });
  }
  return { ...manifest, subnets };
}

function formatReport({ model, backend, subnets }: EvalReport): string {
  const table = new Table({
    head: ['subnet', 'top-1', 'top-5', 'median ms'],
    colAligns: ['left', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const subnet of subnets) {
    const { top1, top5, medianMs } = subnet;
    table.push([
      formatSubnet(subnet),
      formatPercent(top1),
      formatPercent(top5),
      medianMs.toFixed(1),
    ]);
  }
  return `${model} on ${backend}, ${subnets[0]?.images ?? 0} pictures\n${table.toString()}`;
}
