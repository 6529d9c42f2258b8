import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { TrainCheckpointProgress } from '../training/node/trainCheckpoint.ts';
import { describeCommand } from './describeCommand.ts';
import { formatBytes, formatDuration, formatPercent } from './format.ts';
import { writeModelFiles } from './modelFiles.ts';
import { parseCount } from './options.ts';
import { ProgressLine } from './progressLine.ts';

interface TrainCommandOptions {
  readonly weights: string;
  readonly topology: string;
  readonly data: string;
  readonly target: string;
  readonly recipe?: string;
  readonly steps?: number;
  readonly checkpointEvery: number;
  readonly sources?: string;
  readonly name?: string;
  readonly out: string;
  readonly resume?: true;
}

export function addTrainCommand(program: Command, signal: AbortSignal): void {
  program
    .command('train')
    .description('train all subnets together, on labelled and on unlabelled pictures')
    .requiredOption('--data <dir>', 'labelled pictures: a folder per class')
    .requiredOption('--target <dir>', 'unlabelled pictures of the domain that the model is for')
    .requiredOption('--weights <file>', 'checkpoint of the network (.safetensors)')
    .option('--topology <name>', 'the network that the checkpoint is of', 'mobilenetv2')
    .option('--recipe <file>', 'how to train, as JSON (default: a recipe’s defaults)')
    .option('--steps <count>', 'in place of the recipe’s', parseCount)
    .option('--checkpoint-every <steps>', 'besides at the end and on Ctrl-C', parseCount, 100)
    .option('--resume', 'go on from the last checkpoint in --out')
    .option('--sources <file>', 'JSON list of {name, role, licence} for the model’s provenance')
    .option('--name <name>', 'of the model (default: the folder of the run)')
    .requiredOption(
      '--out <dir>',
      'folder of the run: checkpoint, log.jsonl, and model/ at the end',
    )
    .action((options: TrainCommandOptions) => runTrain(options, signal));
}

async function runTrain(options: TrainCommandOptions, signal: AbortSignal): Promise<void> {
  const { trainCheckpoint } = await import('../training/node/trainCheckpoint.ts');
  const progress = new ProgressLine();
  try {
    const { files, steps, subnets, probeAccuracy } = await trainCheckpoint({
      ...options,
      resume: options.resume ?? false,
      name: options.name ?? basename(resolve(options.out)),
      command: describeCommand(process.argv.slice(2)),
      signal,
      onProgress: (now) => progress.show(now.done, now.total, describeProgress(now)),
    });
    const modelDir = join(options.out, 'model');
    await writeModelFiles(modelDir, files);
    progress.stop();
    if (probeAccuracy !== null) {
      console.log(`new classifier: ${formatPercent(probeAccuracy)} fitted before training`);
    }
    const sizeBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const made = subnets === 1 ? '1 subnet' : `${subnets} subnets`;
    const size = `${files.size} files, ${formatBytes(sizeBytes)}`;
    console.log(`${modelDir}: ${steps} steps, ${made}, ${size}`);
  } finally {
    progress.stop();
  }
}

function describeProgress({ activity, done, total, step }: TrainCheckpointProgress): string {
  if (step === undefined) return activity;
  const left = `${formatDuration(step.leftMs)} left`;
  return `step ${done} of ${total}, loss ${step.loss.toFixed(3)}, ${left}`;
}
