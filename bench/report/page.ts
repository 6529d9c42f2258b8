import { html, Markup } from '../../src/training/report/html.ts';
import { reportStyle } from '../../src/training/report/reportStyle.ts';
import { chartsOf } from './charts.ts';
import type { BenchResult } from './result.ts';
import { environmentLines, type ReportSection, sectionsOf } from './tables.ts';

/** Results as one HTML document, which loads nothing and runs no script. */
export function renderPage(results: readonly BenchResult[]): string {
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>rtfq: benchmarks</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<header><h1>Benchmarks</h1></header>
<main>
${results.map((result, i) => resultMarkup(result, `result-${i}`))}
</main>
</body>
</html>
`.text;
}

function resultMarkup(result: BenchResult, id: string): Markup {
  const lines = environmentLines(result.environment);
  return html`<section>
${chartsOf(result, id)}
${sectionsOf(result).map(sectionMarkup)}
<ul>${lines.map((line) => html`<li>${line.replaceAll('`', '')}</li>`)}</ul>
</section>`;
}

function sectionMarkup({ title, note, table }: ReportSection): Markup {
  return html`<h2>${title}</h2>
<p>${note}</p>
<div class="scroll" role="region" aria-label="${title}" tabindex="0"><table>
<thead><tr>${table.heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${table.rows.map(rowMarkup)}</tbody>
</table></div>`;
}

function rowMarkup([name = '', ...cells]: readonly string[]): Markup {
  return html`<tr><th scope="row">${name}</th>${cells.map((cell) => html`<td>${cell}</td>`)}</tr>
`;
}
