import { writeFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { type BackendName, backendNames } from '../backends/backend.ts';
import { openBackend } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import type { Manifest } from '../model/manifest.ts';
import { findSubnet, type Subnet, sameSubnet } from '../network/subnet.ts';
import { Session } from '../runtime/session.ts';
import { checkAgreement } from '../training/report/disagreement.ts';
import type { Evaluation, SubnetEvaluation } from '../training/report/evaluation.ts';
import { type EvaluatedModel, openEvaluatedModel, openEvaluatedRun } from './evaluatedModel.ts';
import { formatDuration } from './format.ts';
import { formatEvaluation } from './formatEvaluation.ts';
import { writeManifest } from './modelFiles.ts';
import { parseCount, parseSubnetOption } from './options.ts';
import { ProgressLine } from './progressLine.ts';
import { recordSelfTest } from './recordSelfTest.ts';

interface EvalOptions {
  readonly model?: string;
  readonly run?: string;
  readonly target?: string;
  readonly data: string;
  readonly subnet?: Subnet;
  readonly all?: true;
  readonly backend: BackendName;
  readonly limit?: number;
  readonly compare?: true;
  /** true: to stdout. */
  readonly json?: true | string;
  readonly record?: true;
  readonly datasetName?: string;
}

export function addEvalCommand(program: Command, signal: AbortSignal): void {
  program
    .command('eval')
    .description('measure accuracy and time of subnets on labelled pictures')
    .addOption(
      new Option('--model <dir>', 'folder of the model, or its model.json').conflicts('run'),
    )
    .option('--run <dir>', 'or a training run: its folder, or its checkpoint')
    .option('--target <dir>', 'unlabelled pictures, to calibrate the run’s subnets on')
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
    .option('--compare', 'count the labels that differ from the run’s fake-quantized network')
    .option('--json [file]', 'write JSON, with the counts of each class; print it without a file')
    .addOption(new Option('--record', 'write the accuracies into model.json').conflicts('run'))
    .option('--dataset-name <name>', 'what the data set is called (default: its folder)')
    .action((options: EvalOptions, command: Command) => runEval(options, command, signal));
}

async function runEval(options: EvalOptions, command: Command, signal: AbortSignal): Promise<void> {
  const [{ evaluateModel }, { readDataset }] = await Promise.all([
    import('./evaluateModel.ts'),
    import('../training/node/dataset.ts'),
  ]);
  const dataset = await readDataset(options.data);
  const datasetName = options.datasetName ?? dataset.name;
  if (options.record) checkDatasetName(datasetName);
  const progress = new ProgressLine();
  const evaluated = await openEvaluated(options, command, progress, signal);
  const { model, step, predict, dir } = evaluated;
  const { manifest } = model;
  let session: Session | null = null;
  try {
    const { subnet, limit } = options;
    const subnets =
      subnet === undefined ? manifest.subnets : [findSubnet(manifest.subnets, subnet)];
    const backend = await openBackend(options.backend);
    session = new Session(model, backend);
    const measured = await evaluateModel({
      session,
      subnets,
      dataset,
      limit,
      compareWith: options.compare ? predict! : undefined,
      onProgress: ({ pictures, picturesDone, leftMs }) => {
        const left = `${formatDuration(leftMs)} left`;
        progress.show(picturesDone, pictures, `picture ${picturesDone} of ${pictures}, ${left}`);
      },
      signal,
    });
    progress.stop();
    const evaluation: Evaluation = {
      model: manifest.name,
      backend: backend.name,
      dataset: datasetName,
      step,
      classes: manifest.classes,
      disagreement: overallDisagreement(measured),
      subnets: measured,
    };
    // First: a model that cannot be written to does not take the results along.
    await put(evaluation, options.json);
    if (options.record) {
      const tried = await recordSelfTest(model);
      await writeManifest(dir!, recordAccuracies(tried, measured, datasetName));
    }
    checkAgreement(evaluation);
  } finally {
    progress.stop();
    session?.dispose();
    evaluated.dispose();
  }
}

function openEvaluated(
  { model, run, target, compare }: EvalOptions,
  command: Command,
  progress: ProgressLine,
  signal: AbortSignal,
): Promise<EvaluatedModel> {
  if (run !== undefined) {
    if (target === undefined) command.error("error: option '--run' needs '--target <dir>'");
    return openEvaluatedRun({ run, target, progress, signal });
  }
  if (model === undefined)
    command.error("error: option '--model <dir>' or '--run <dir>' is needed");
  if (compare) command.error("error: option '--compare' needs '--run <dir>'");
  return openEvaluatedModel(model);
}

function overallDisagreement(subnets: readonly SubnetEvaluation[]): number | null {
  let [differing, images] = [0, 0];
  for (const { disagreement, images: own } of subnets) {
    if (disagreement === null) return null;
    differing += disagreement * own;
    images += own;
  }
  return differing / images;
}

async function put(evaluation: Evaluation, json: EvalOptions['json']): Promise<void> {
  const text = JSON.stringify(evaluation, null, 2);
  console.log(json === true ? text : formatEvaluation(evaluation));
  if (typeof json === 'string') await writeFile(json, `${text}\n`);
}

// Before the pictures are classified, which may take hours: model.json takes no other name.
function checkDatasetName({ length }: string): void {
  if (length > 0 && length <= 200) return;
  throw new RtfqError('INVALID_ARGUMENT', 'the name of the data set', {
    got: `${length} characters`,
    expected: '1 to 200',
  });
}

/** The manifest with the accuracies of those of its subnets that were measured. */
export function recordAccuracies(
  manifest: Manifest,
  evaluations: readonly Pick<SubnetEvaluation, keyof Subnet | 'top1' | 'top5' | 'images'>[],
  dataset: string,
): Manifest {
  const subnets = manifest.subnets.map((entry) => {
    const measured = evaluations.find((one) => sameSubnet(one, entry));
    if (measured === undefined) return entry;
    const { top1, top5, images } = measured;
    return { ...entry, accuracy: { top1, top5, images, dataset } };
  });
  return { ...manifest, subnets };
}
