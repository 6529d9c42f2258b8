import type { Command } from 'commander';

export function addCompareCommand(program: Command): void {
  program
    .command('compare')
    .description('put evaluations side by side, as a Markdown table')
    .argument(
      '<files...>',
      'what `rtfq eval --json` wrote; those of one model on one data set share a row',
    )
    .action(async (files: readonly string[]) => {
      const [{ compareEvaluations }, { formatComparison }, { readEvaluation }] = await Promise.all([
        import('../training/report/comparison.ts'),
        import('../training/report/comparisonTable.ts'),
        import('../training/node/evaluationFile.ts'),
      ]);
      const evaluations = await Promise.all(files.map(readEvaluation));
      console.log(formatComparison(compareEvaluations(evaluations)));
    });
}
