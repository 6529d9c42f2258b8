import { readFile, writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { renderMarkdown } from './markdown.ts';
import { renderPage } from './page.ts';
import { fillReadme } from './readme.ts';
import { readResult } from './result.ts';

interface ReportPaths {
  readonly markdown?: string;
  readonly readme?: string;
  readonly html?: string;
}

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('results as a page with charts, as docs/benchmarks.md, or in README.md')
    .argument('<files...>', 'what --json wrote, in the order of the report')
    .option('--markdown <file>', 'the text to write')
    .option('--readme <file>', 'the text in which to fill in the first comparison of runtimes')
    .option('--html <file>', 'the page to write')
    .action(async (files: readonly string[], paths: ReportPaths) => {
      const results = await Promise.all(files.map(readResult));
      if (paths.readme !== undefined) {
        const text = await readFile(paths.readme, 'utf8');
        await writeFile(paths.readme, fillReadme(text, results));
      }
      if (paths.html !== undefined) await writeFile(paths.html, renderPage(results));
      if (paths.markdown !== undefined) await writeFile(paths.markdown, renderMarkdown(results));
      if (Object.keys(paths).length === 0) console.log(renderMarkdown(results));
    });
}
