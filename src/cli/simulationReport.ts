import type { PolicyName } from '../budget/simulator/controllers.ts';
import type { SimulatedFrame } from '../budget/simulator/simulate.ts';
import type { SuiteRun } from '../budget/simulator/suite.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import {
  axisStyle,
  type ChartSize,
  colourKey,
  seriesColour,
  wideFigure,
} from '../training/report/chart.ts';
import { html, Markup } from '../training/report/html.ts';
import { reportStyle } from '../training/report/reportStyle.ts';

/** The policies that are drawn; the others are in the table. */
const drawn: readonly PolicyName[] = ['rtfq', 'threshold', 'oracle'];

/** A simulation as one HTML document, which loads nothing and runs no script. */
export function renderSimulation(
  title: string,
  subnets: readonly SubnetEntry[],
  runs: readonly SuiteRun[],
): string {
  const traces = [...new Set(runs.map(({ run }) => run.trace.name))];
  const sections = traces.map((trace) =>
    traceSection(
      subnets,
      runs.filter(({ run }) => run.trace.name === trace),
    ),
  );
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>Budget simulation</title>
<style>${new Markup(reportStyle)}</style>
</head>
<body>
<header><h1>Budget simulation</h1><p>${title}</p></header>
<main>${sections}</main>
</body>
</html>
`.text;
}

function traceSection(subnets: readonly SubnetEntry[], runs: readonly SuiteRun[]): Markup {
  const { trace, limitMs } = runs[0]!.run;
  const shown = runs.filter(({ run }) => drawn.includes(run.policy));
  const accuracies = shown.map(({ run }) => ({
    name: run.policy,
    points: means(
      run.frames,
      trace.seconds,
      ({ index }) => 100 * (subnets[index]!.accuracy?.top1 ?? 0),
    ),
  }));
  const times = shown
    .filter(({ run }) => run.policy !== 'oracle')
    .map(({ run }) => ({
      name: run.policy,
      points: means(run.frames, trace.seconds, ({ busyMs }) => (100 * busyMs) / limitMs),
    }));
  return html`<section><h2>${trace.name}</h2>
${lineFigure(`${trace.name}-accuracy`, 'Accuracy of the subnets that ran, % (mean of each interval)', accuracies)}
${lineFigure(`${trace.name}-time`, 'Time of frames, % of the budget (mean of each interval)', times)}
${scoreTable(runs)}
</section>`;
}

interface Line {
  readonly name: string;
  readonly points: readonly (readonly [seconds: number, value: number])[];
}

/** More points than that no screen shows. */
const intervals = 240;

function means(
  frames: readonly SimulatedFrame[],
  seconds: number,
  measure: (frame: SimulatedFrame) => number,
): Line['points'] {
  const sums = Array.from({ length: intervals }, () => ({ sum: 0, count: 0 }));
  for (const frame of frames) {
    const bin =
      sums[Math.min(intervals - 1, Math.floor((frame.atMs / 1000 / seconds) * intervals))]!;
    bin.sum += measure(frame);
    bin.count += 1;
  }
  return sums.flatMap(({ sum, count }, i) =>
    count === 0 ? [] : [[(seconds * (i + 0.5)) / intervals, sum / count] as const],
  );
}

function lineFigure(id: string, caption: string, lines: readonly Line[]): Markup {
  const values = lines.flatMap(({ points }) => points.map(([, value]) => value));
  const axis = { type: 'value', ...axisStyle } as const;
  const draw = (size: ChartSize, kind: string) => ({
    ...size,
    id: `${id}-${kind}`,
    description: `${caption}: ${lines.map(({ name }) => name).join(', ')}`,
    option: {
      grid: { left: 48, right: 16, top: 12, bottom: 36 },
      xAxis: { ...axis, name: 's', min: 0, splitLine: { show: false } },
      yAxis: { ...axis, min: Math.floor(Math.min(...values)), max: Math.ceil(Math.max(...values)) },
      series: lines.map(({ points }, i) => ({
        type: 'line',
        data: points,
        showSymbol: false,
        lineStyle: { color: seriesColour(i), width: 1.5 },
        itemStyle: { color: seriesColour(i) },
      })),
    },
  });
  return wideFigure(
    caption,
    draw,
    { wide: 220, narrow: 200 },
    colourKey(lines.map(({ name }) => name)),
  );
}

function scoreTable(runs: readonly SuiteRun[]): Markup {
  return html`<div class="scroll"><table>
<thead><tr><th>policy</th><th>in budget</th><th>accuracy</th><th>switches a minute</th><th>recovery</th><th>late in a row</th></tr></thead>
<tbody>${runs.map(
    ({ score }) => html`<tr><th>${score.policy}</th><td>${(100 * score.inBudget).toFixed(2)} %</td>
<td>${(100 * score.accuracy).toFixed(2)} %</td><td>${score.switchesPerMinute.toFixed(1)}</td>
<td>${score.recoverySeconds === null ? '–' : `${score.recoverySeconds.toFixed(1)} s`}</td><td>${score.lateInARow}</td></tr>`,
  )}</tbody></table></div>`;
}
