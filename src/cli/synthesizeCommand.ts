import type { Command } from 'commander';
import { parseCount, parseSeed } from './options.ts';
import { ProgressLine } from './progressLine.ts';

interface SynthesizeCommandOptions {
  readonly out: string;
  readonly perClass: number;
  readonly side: number;
  readonly seed: number;
}

export function addSynthesizeCommand(program: Command, signal: AbortSignal): void {
  program
    .command('synthesize')
    .description('draw a data set of two domains: catalogue pictures and webcam pictures')
    .requiredOption('--out <dir>', 'folder to write catalogue/CLASS and webcam/CLASS to')
    .option('--per-class <count>', 'pictures of each class in each domain', parseCount, 100)
    .option('--side <pixels>', 'side of the square pictures', parseCount, 128)
    .option('--seed <number>', 'the same seed draws the same pictures', parseSeed, 1)
    .action((options: SynthesizeCommandOptions) => runSynthesize(options, signal));
}

async function runSynthesize(
  options: SynthesizeCommandOptions,
  signal: AbortSignal,
): Promise<void> {
  const { writeSyntheticDataset } = await import(
    '../training/node/synthetic/writeSyntheticDataset.ts'
  );
  const progress = new ProgressLine();
  try {
    const { classes, domainDirs, pictureCount } = await writeSyntheticDataset({
      outDir: options.out,
      picturesPerClass: options.perClass,
      sidePx: options.side,
      seed: options.seed,
      signal,
      onProgress: (written, total) => progress.show(written, total, 'drawing'),
    });
    progress.stop();
    const folders = Object.values(domainDirs).join(' and ');
    console.log(`${folders}: ${pictureCount} pictures of ${classes.length} classes`);
  } finally {
    progress.stop();
  }
}
