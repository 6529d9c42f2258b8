import { basename, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { TrainCheckpointProgress } from '../training/node/trainCheckpoint.ts';
import { describeCommand } from './describeCommand.ts';
import { formatBytes, formatDuration } from './format.ts';
import { writeTriedModel } from './modelFiles.ts';
import { parseCount, parseSeed, topologyHelp } from './options.ts';
import { ProgressLine } from './progressLine.ts';
import { reportFile } from './reportCommand.ts';

interface TrainCommandOptions {
  readonly weights?: string;
  readonly topology: string;
  readonly data: string;
  readonly target: string;
  readonly recipe?: string;
  readonly steps?: number;
  readonly seed?: number;
  readonly checkpointEvery: number;
  readonly workers?: number;
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
    .option('--weights <file>', 'checkpoint of the network (.safetensors; default: random weights)')
    .option('--topology <name>', topologyHelp, 'mobilenetv2')
    .option('--recipe <file>', 'how to train, as JSON (default: a recipe’s defaults)')
    .option('--steps <count>', 'in place of the recipe’s', parseCount)
    .option('--seed <number>', 'in place of the recipe’s', parseSeed)
    .option('--checkpoint-every <steps>', 'besides at the end and on Ctrl-C', parseCount, 100)
    .option(
      '--workers <count>',
      'threads, at most one per shard (default: one per core); the result is the same',
      parseCount,
    )
    .option('--resume', 'go on from the last checkpoint in --out')
    .option('--sources <file>', 'JSON list of {name, role, licence} for the model’s provenance')
    .option('--name <name>', 'of the model (default: the folder of the run)')
    .requiredOption(
      '--out <dir>',
      'folder of the run: checkpoint, log.jsonl; model/ and report.html at the end',
    )
    .action((options: TrainCommandOptions) => runTrain(options, signal));
}

async function runTrain(options: TrainCommandOptions, signal: AbortSignal): Promise<void> {
  const [{ trainCheckpoint }, { writeRunReport }] = await Promise.all([
    import('../training/node/trainCheckpoint.ts'),
    import('../training/node/runReport.ts'),
  ]);
  const progress = new ProgressLine();
  try {
    const { files, steps, subnets } = await trainCheckpoint({
      ...options,
      resume: options.resume ?? false,
      name: options.name ?? basename(resolve(options.out)),
      command: describeCommand(process.argv.slice(2)),
      signal,
      onProgress: (now) => progress.show(now.done, now.total, describeProgress(now)),
    });
    const modelDir = join(options.out, 'model');
    await writeTriedModel(modelDir, files);
    const report = join(options.out, reportFile);
    await writeRunReport({ run: options.out, out: report });
    progress.stop();
    const sizeBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    const made = subnets === 1 ? '1 subnet' : `${subnets} subnets`;
    const size = `${files.size} files, ${formatBytes(sizeBytes)}`;
    console.log(`${modelDir}: ${steps} steps, ${made}, ${size}`);
    console.log(report);
  } finally {
    progress.stop();
  }
}

function describeProgress({ activity, done, total, step }: TrainCheckpointProgress): string {
  if (step === undefined) return activity;
  const left = `${formatDuration(step.leftMs)} left`;
  return `step ${done} of ${total}, loss ${step.loss.toFixed(3)}, ${left}`;
}
