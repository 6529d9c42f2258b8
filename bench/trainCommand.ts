import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { describeCpu } from './chromium.ts';

interface TrainCommandOptions {
  readonly json?: string;
  readonly rounds: number;
  readonly resolution: number;
}

export function addTrainCommand(program: Command): void {
  program
    .command('train')
    .description('a training step, and its peers, in Node; some minutes')
    .option('--rounds <count>', 'steps of each', Number, 3)
    .option('--resolution <pixels>', 'side of the pictures, besides 128', Number, 224)
    .option('--json <file>', 'write the rows to a file')
    .action(async ({ rounds, resolution, json }: TrainCommandOptions) => {
      const { benchTraining, renderTraining } = await import('./train.ts');
      console.log(`timing ${rounds} runs of each, interleaved`);
      const bench = await benchTraining(rounds, resolution);
      const machine = `${describeCpu()}, Node ${process.versions.node}`;
      console.log(machine);
      console.log(renderTraining(bench));
      if (json !== undefined) {
        await writeFile(json, `${JSON.stringify({ machine, ...bench }, null, 2)}\n`);
      }
    });
}
