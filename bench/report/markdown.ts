import type { BenchResult } from './result.ts';
import { environmentLines, type ReportTable, sectionsOf } from './tables.ts';

const header = `# Benchmarks

Made of measured results by \`npm run bench -- report FILE.json... --markdown docs/benchmarks.md\`; not to be
edited by hand. Figures drift from run to run and from machine to machine: compare rows of one table only. Each command
below measures again.
`;

/** Results as docs/benchmarks.md. */
export function renderMarkdown(results: readonly BenchResult[]): string {
  const parts = results.flatMap((result) => [
    ...sectionsOf(result).map(
      ({ title, note, table }) => `## ${title}\n\n${note}\n\n${markdownTable(table)}`,
    ),
    environmentLines(result.environment)
      .map((line) => `- ${line}`)
      .join('\n'),
  ]);
  return `${[header.trimEnd(), ...parts].join('\n\n')}\n`;
}

export function markdownTable({ heads, rows }: ReportTable): string {
  const line = (cells: readonly string[]) => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(heads), `|${'---|'.repeat(heads.length)}`, ...rows.map(line)].join('\n');
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|');
}
