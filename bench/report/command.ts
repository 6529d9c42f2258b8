import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { renderMarkdown } from './markdown.ts';
import { renderPage } from './page.ts';
import { readResult } from './result.ts';

export function addReportCommand(program: Command): void {
  program
    .command('report')
    .description('results as a page with charts, or as docs/benchmarks.md')
    .argument('<files...>', 'what --json wrote, in the order of the report')
    .option('--markdown <file>', 'the text to write')
    .option('--html <file>', 'the page to write')
    .action(async (files: readonly string[], paths: { markdown?: string; html?: string }) => {
      const results = await Promise.all(files.map(readResult));
      if (paths.html !== undefined) await writeFile(paths.html, renderPage(results));
      if (paths.markdown !== undefined) await writeFile(paths.markdown, renderMarkdown(results));
      if (paths.html === undefined && paths.markdown === undefined) {
        console.log(renderMarkdown(results));
      }
    });
}
