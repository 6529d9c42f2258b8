import { formatSubnet } from '../../network/subnet.ts';
import {
  axisStyle,
  type Chart,
  type ChartSize,
  colourKey,
  seriesColour,
  wideFigure,
} from './chart.ts';
import type { Evaluation, SubnetEvaluation } from './evaluation.ts';
import { html, type Markup } from './html.ts';

/** Height of a class's bars with the space around them. */
const classPx = 30;
const marginsPx = 40;

/** Accuracy of each class, for the largest and for the smallest subnet. */
export function classSection(evaluation: Evaluation): Markup {
  const { subnets, dataset } = evaluation;
  const byCost = [...subnets].sort((a, b) => b.bitOps - a.bitOps);
  const shown = [...new Set([byCost[0]!, byCost.at(-1)!])];
  const rows = classRows(evaluation, shown);
  const heightPx = rows.length * classPx + marginsPx;
  const caption = `Correct pictures of each class of ${dataset} (%)`;
  const draw = (size: ChartSize, kind: string) => classChart(rows, shown, size, kind);
  return html`<section><h2>Classes</h2>
${wideFigure(caption, draw, { wide: heightPx, narrow: heightPx }, colourKey(shown.map(formatSubnet)))}
${classTable(rows, shown)}</section>`;
}

interface ClassRow {
  readonly name: string;
  readonly total: number;
  /** In percent, one a subnet. */
  readonly correct: readonly number[];
}

/** Classes that have pictures, best first. */
function classRows(
  { classes }: Evaluation,
  subnets: readonly SubnetEvaluation[],
): readonly ClassRow[] {
  return classes
    .map((name, i) => {
      const own = subnets.map(({ perClass }) => perClass[i] ?? { correct: 0, total: 0 });
      return {
        name,
        total: own[0]!.total,
        correct: own.map(({ correct, total }) => (100 * correct) / total),
      };
    })
    .filter(({ total }) => total > 0)
    .sort((a, b) => b.correct[0]! - a.correct[0]!);
}

function classChart(
  rows: readonly ClassRow[],
  subnets: readonly SubnetEvaluation[],
  size: ChartSize,
  kind: string,
): Chart {
  return {
    ...size,
    id: `classes-${kind}`,
    description: `Accuracy of ${rows.length} classes for ${subnets.map(formatSubnet).join(' and ')}. The table below has the figures.`,
    pointTitles: subnets.map((subnet, i) =>
      rows.map(
        ({ name, correct }) => `${name}, ${formatSubnet(subnet)}: ${correct[i]!.toFixed(1)} %`,
      ),
    ),
    option: {
      // Room for names, whose width the drawing can only guess.
      grid: { left: 140, right: 24, top: 4, bottom: 4 },
      xAxis: { ...axisStyle, type: 'value', min: 0, max: 100 },
      yAxis: {
        ...axisStyle,
        type: 'category',
        inverse: true,
        data: rows.map(({ name }) => name),
        axisLabel: { ...axisStyle.axisLabel, interval: 0, width: 130, overflow: 'truncate' },
      },
      series: subnets.map((subnet, i) => ({
        type: 'bar',
        name: formatSubnet(subnet),
        barGap: '10%',
        itemStyle: { color: seriesColour(i) },
        data: rows.map(({ correct }) => correct[i]),
      })),
    },
  };
}

function classTable(rows: readonly ClassRow[], subnets: readonly SubnetEvaluation[]): Markup {
  const heads = ['pictures', ...subnets.map((subnet) => `${formatSubnet(subnet)}, %`)];
  return html`<details><summary>The classes in figures</summary>
<div class="scroll" role="region" aria-label="The classes in figures" tabindex="0"><table>
<thead><tr><th scope="col">class</th>${heads.map((head) => html`<th scope="col">${head}</th>`)}</tr></thead>
<tbody>${rows.map(
    ({ name, total, correct }) =>
      html`<tr><th scope="row">${name}</th><td>${total}</td>${correct.map((share) => html`<td>${share.toFixed(1)}</td>`)}</tr>
`,
  )}</tbody></table></div></details>`;
}
