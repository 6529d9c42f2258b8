import { writeFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { renderPage } from './report/page.ts';
import type { BenchResult } from './report/result.ts';

/** Where a command's result goes besides the terminal. */
export interface ResultPaths {
  readonly json?: string;
  readonly html?: string;
}

export function addResultOptions(command: Command): Command {
  return command
    .option('--json <file>', 'write the result to a file, of which `report` makes text and pages')
    .option('--html <file>', 'write the result as a page with charts');
}

export async function saveResult(result: BenchResult, { json, html }: ResultPaths): Promise<void> {
  if (json !== undefined) await writeFile(json, `${JSON.stringify(result, null, 2)}\n`);
  if (html !== undefined) await writeFile(html, renderPage([result]));
}
