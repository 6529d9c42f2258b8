import type { Command } from 'commander';
import {
  parseCount,
  parseFraction,
  parseNotNegative,
  parseResolutions,
  topologyHelp,
} from './options.ts';
import { ProgressLine } from './progressLine.ts';

interface ProbeCommandOptions {
  readonly weights: string;
  readonly topology: string;
  readonly data: string;
  readonly target?: string;
  readonly classes?: string;
  readonly resolutions: readonly number[];
  readonly crop: number;
  readonly l2: number;
  readonly steps: number;
  readonly out: string;
}

export function addProbeCommand(program: Command, signal: AbortSignal): void {
  program
    .command('probe')
    .description('give a network a new classifier: softmax regression on its frozen features')
    .requiredOption('--weights <file>', 'checkpoint of the network (.safetensors)')
    .requiredOption('--topology <name>', topologyHelp)
    .requiredOption('--data <dir>', 'labelled pictures: a folder per class')
    .option('--target <dir>', 'unlabelled pictures of the domain that the classifier is for')
    .option('--classes <file>', 'class names, one a line, in the order of the class folders')
    .option(
      '--resolutions <list>',
      'sizes at which features are taken',
      parseResolutions,
      [224, 160],
    )
    .option(
      '--crop <fraction>',
      'side of the centre square, of the short side',
      parseFraction,
      0.875,
    )
    .option('--l2 <weight>', 'weight decay on standardised features', parseNotNegative, 0.1)
    .option('--steps <count>', 'gradient steps, each on all pictures', parseCount, 300)
    .requiredOption('--out <file>', 'checkpoint to write (.safetensors)')
    .action((options: ProbeCommandOptions) => runProbe(options, signal));
}

async function runProbe(options: ProbeCommandOptions, signal: AbortSignal): Promise<void> {
  const { probeCheckpoint } = await import('../training/node/probeCheckpoint.ts');
  const progress = new ProgressLine();
  try {
    const { accuracy, classes, images } = await probeCheckpoint({
      ...options,
      cropFraction: options.crop,
      signal,
      onProgress: (done, total, activity) => progress.show(done, total, activity),
    });
    progress.stop();
    const percent = (100 * accuracy).toFixed(1);
    console.log(`${options.out}: ${classes} classes, ${percent} % of ${images} pictures fitted`);
  } finally {
    progress.stop();
  }
}
