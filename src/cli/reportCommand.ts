import { join } from 'node:path';
import type { Command } from 'commander';

interface ReportCommandOptions {
  readonly run: string;
  readonly eval?: string;
  readonly out?: string;
}

/** Name of a run's report in the run's folder. */
export const reportFile = 'report.html';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('write a training run’s report: curves, and accuracies where they were measured')
    .requiredOption('--run <dir>', 'folder of the run, finished or not')
    .option('--eval <file>', 'what `rtfq eval --json` wrote of the run')
    .option('--out <file>', `the page to write (default: ${reportFile} in the run’s folder)`)
    .action(
      async ({ run, eval: evaluation, out = join(run, reportFile) }: ReportCommandOptions) => {
        const { writeRunReport } = await import('../training/node/runReport.ts');
        await writeRunReport({ run, evaluation, out });
        console.log(out);
      },
    );
}
