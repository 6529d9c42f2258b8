import { writeFile } from 'node:fs/promises';
import Table from 'cli-table3';
import type { Command } from 'commander';
import { runSuite, type SuiteRun } from '../budget/simulator/suite.ts';
import { openModel } from '../model/reader.ts';
import { modelFolder, readFilesFrom } from './modelFiles.ts';
import { parseMilliseconds, parseSeed } from './options.ts';

interface SimulateOptions {
  readonly model: string;
  readonly latency: number;
  readonly seed: number;
  readonly html?: string;
  readonly json?: true;
}

const shippedModel = 'models/office31-a2w-mobilenetv2';

export function addSimulateCommand(program: Command): void {
  program
    .command('simulate')
    .description('replay loads of devices against the budget policy and others')
    .option('--model <dir>', 'folder of the model whose subnets are chosen from', shippedModel)
    .option('--latency <ms>', 'the budget of a frame', parseMilliseconds, 33)
    .option('--seed <number>', 'of the noise', parseSeed, 1)
    .option('--html <file>', 'draw the traces')
    .option('--json', 'print JSON')
    .action(simulate);
}

async function simulate({ model, latency, seed, html, json }: SimulateOptions): Promise<void> {
  const { manifest } = await openModel(readFilesFrom(await modelFolder(model)));
  const { subnets, name } = manifest;
  const runs = [...runSuite({ subnets, budget: { latencyMs: latency }, seed })];
  const title = `${name}, ${subnets.length} subnets, ${latency} ms a frame, seed ${seed}`;
  if (html !== undefined) {
    const { renderSimulation } = await import('./simulationReport.ts');
    await writeFile(html, renderSimulation(title, subnets, runs));
  }
  const rows = runs.map(({ score }) => score);
  console.log(json ? JSON.stringify({ rows }, null, 2) : formatRows(title, runs));
}

function formatRows(title: string, runs: readonly SuiteRun[]): string {
  const table = new Table({
    head: [
      'trace',
      'policy',
      'in budget',
      'accuracy',
      'switches/min',
      'recovery s',
      'late in a row',
    ],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const { score } of runs) {
    table.push([
      score.trace,
      score.policy,
      `${(100 * score.inBudget).toFixed(2)} %`,
      `${(100 * score.accuracy).toFixed(2)} %`,
      score.switchesPerMinute.toFixed(1),
      score.recoverySeconds?.toFixed(1) ?? '-',
      score.lateInARow,
    ]);
  }
  return `${title}\n${table.toString()}`;
}
