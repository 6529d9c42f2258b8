import type { LogRecord } from '../trainer/train.ts';
import { axisStyle, colourKey, figure, renderChart, seriesColour } from './chart.ts';
import { html, type Markup } from './html.ts';
import { type Curve, curveOf, lossCurves, smoothed } from './trainingCurves.ts';

interface CurveChart {
  readonly id: string;
  readonly caption: string;
  readonly curves: readonly Curve[];
  readonly scale?: 'log';
}

/** What the run log says, step by step. */
export function trainingSection(log: readonly LogRecord[]): Markup {
  if (log.length === 0)
    return html`<section><h2>Training</h2><p>No step was taken yet.</p></section>`;
  const one = (name: string, read: (record: LogRecord) => number | null) => [
    curveOf(name, log, read),
  ];
  const charts: readonly CurveChart[] = [
    {
      id: 'largest',
      caption: 'Losses of the largest subnet, before weighting',
      curves: lossCurves(log, 'largest'),
    },
    {
      id: 'others',
      caption: 'Losses of the other subnets, mean of a step’s',
      curves: lossCurves(log, 'others'),
    },
    {
      id: 'gradient',
      caption: 'Gradient norm, before clipping',
      curves: one('gradient norm', ({ gradientNorm }) => gradientNorm),
      scale: 'log',
    },
    {
      id: 'confident',
      caption: 'Share of target pictures that the teacher is confident about',
      curves: one('confident share', ({ confident }) => confident),
    },
    {
      id: 'rate',
      caption: 'Learning-rate factor',
      curves: one('learning-rate factor', ({ rateFactor }) => rateFactor),
    },
    {
      id: 'time',
      caption: 'Time per step, seconds',
      curves: one('seconds per step', ({ durationMs }) => durationMs / 1000),
    },
  ];
  const drawn = charts.filter(({ curves }) => curves.some(({ points }) => points.length > 0));
  return html`<section><h2>Training</h2>
<p>Thin lines are single steps, thick ones the mean of the steps around.</p>
<div class="charts">${drawn.map(drawCurves)}</div>
${curveTable(drawn)}</section>`;
}

function drawCurves({ id, caption, curves, scale }: CurveChart): Markup {
  const isLog = scale === 'log' && curves.every(({ points }) => points.every(([, y]) => y > 0));
  const line = { type: 'line', showSymbol: false, silent: true, sampling: 'lttb' } as const;
  const series = curves.flatMap((curve, i) => [
    {
      ...line,
      name: `${curve.name}, single steps`,
      data: curve.points,
      lineStyle: { color: seriesColour(i), width: 1, opacity: 0.35 },
    },
    {
      ...line,
      name: curve.name,
      data: smoothed(curve).points,
      lineStyle: { color: seriesColour(i), width: 2.5 },
    },
  ]);
  const description = `${caption}. ${curves.map(describeCurve).join('; ')}.`;
  const option = {
    grid: { left: 4, right: 18, top: 14, bottom: 26 },
    xAxis: {
      ...axisStyle,
      type: 'value',
      min: 'dataMin',
      max: 'dataMax',
      minInterval: 1,
      axisLabel: { ...axisStyle.axisLabel, showMaxLabel: false },
      axisLine: { ...axisStyle.axisLine, onZero: false },
      splitLine: { show: false },
      name: 'step',
      nameLocation: 'middle',
      nameGap: 26,
    },
    yAxis: { ...axisStyle, type: isLog ? 'log' : 'value', scale: true },
    series,
  };
  const chart = renderChart({ id, description, option, widthPx: 460, heightPx: 260 });
  return figure(
    caption,
    chart,
    curves.length > 1 ? colourKey(curves.map(({ name }) => name)) : null,
  );
}

function describeCurve(curve: Curve): string {
  const [first, last] = ends(curve);
  return `${curve.name} from ${first} to ${last}`;
}

/** Smoothed, as it is at the beginning and at the end. */
function ends(curve: Curve): readonly [string, string] {
  const { points } = smoothed(curve);
  const shown = (point: readonly [number, number] | undefined) =>
    point === undefined ? '-' : String(Number(point[1].toPrecision(3)));
  return [shown(points[0]), shown(points.at(-1))];
}

/** The charts in figures. */
function curveTable(charts: readonly CurveChart[]): Markup {
  const rows = charts.flatMap(({ caption, curves }) =>
    curves.map((curve) => {
      const [first, last] = ends(curve);
      const label = curves.length > 1 ? `${caption}: ${curve.name}` : caption;
      return html`<tr><th scope="row">${label}</th><td>${first}</td><td>${last}</td></tr>`;
    }),
  );
  return html`<details><summary>The curves in figures</summary>
<div class="scroll" role="region" aria-label="The curves in figures" tabindex="0"><table>
<thead><tr><th scope="col">quantity, smoothed</th><th scope="col">at first</th><th scope="col">at last</th></tr></thead>
<tbody>${rows}</tbody></table></div></details>`;
}
