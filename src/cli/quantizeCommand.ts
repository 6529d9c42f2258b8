import { basename } from 'node:path';
import type { Command } from 'commander';
import type { BitWidth } from '../quant/bits.ts';
import { describeCommand } from './describeCommand.ts';
import { formatBytes } from './format.ts';
import { writeTriedModel } from './modelFiles.ts';
import {
  parseBits,
  parseCount,
  parseFraction,
  parseResolutions,
  parseSeed,
  parseWidths,
  topologyHelp,
} from './options.ts';
import { ProgressLine } from './progressLine.ts';

interface QuantizeCommandOptions {
  readonly weights: string;
  readonly topology: string;
  readonly calibrate: string;
  readonly bits: readonly BitWidth[];
  readonly widths: readonly number[];
  readonly resolutions: readonly number[];
  readonly classes?: string;
  readonly sources?: string;
  readonly images: number;
  readonly seed: number;
  readonly crop: number;
  readonly name?: string;
  readonly out: string;
}

export function addQuantizeCommand(program: Command, signal: AbortSignal): void {
  program
    .command('quantize')
    .description('quantize a trained network without training it further')
    .requiredOption('--weights <file>', 'checkpoint of the network (.safetensors)')
    .requiredOption('--topology <name>', topologyHelp)
    .requiredOption(
      '--calibrate <dir>',
      'pictures like those to be classified; labels are not used',
    )
    .requiredOption('--bits <list>', 'bit-widths, such as 8,6,4', parseBits)
    .option('--widths <list>', 'fractions of the channels', parseWidths, [1])
    .option('--resolutions <list>', 'input sizes in pixels', parseResolutions, [224, 192, 160, 128])
    .option('--classes <file>', 'class names, one a line (default: those in the checkpoint)')
    .option('--sources <file>', 'JSON list of {name, role, licence} for the model’s provenance')
    .option('--images <count>', 'calibration pictures, drawn at random', parseCount, 64)
    .option('--seed <number>', 'of that draw', parseSeed, 1)
    .option(
      '--crop <fraction>',
      'side of the centre square, of the short side',
      parseFraction,
      0.875,
    )
    .option('--name <name>', 'of the model (default: the folder it is written to)')
    .requiredOption('--out <dir>', 'folder to write the model to')
    .action((options: QuantizeCommandOptions) => runQuantize(options, signal));
}

async function runQuantize(options: QuantizeCommandOptions, signal: AbortSignal): Promise<void> {
  const { quantizeCheckpoint } = await import('../training/node/quantizeCheckpoint.ts');
  const progress = new ProgressLine();
  try {
    const files = await quantizeCheckpoint({
      ...options,
      cropFraction: options.crop,
      name: options.name ?? basename(options.out),
      command: describeCommand(process.argv.slice(2)),
      signal,
      onProgress: ({ done, total, activity }) => progress.show(done, total, activity),
    });
    await writeTriedModel(options.out, files);
    progress.stop();
    const sizeBytes = [...files.values()].reduce((sum, { length }) => sum + length, 0);
    console.log(`${options.out}: ${files.size} files, ${formatBytes(sizeBytes)}`);
  } finally {
    progress.stop();
  }
}
