import type uPlot from 'uplot';
import { formatWholeMs } from '../format.ts';
import { element, setText } from '../page.ts';
import type { ChartColours } from './colours.ts';
import { historyMs, type LatencyHistory } from './latencyHistory.ts';
import { axis, createPlot, type PlotShape, pixelRatio } from './plot.ts';

/** Words that change more often cannot be read. */
const describeEveryMs = 1000;

export interface LatencyChart {
  /** Draws what the history holds now. */
  update(nowMs: number): void;
}

/** What frames took in the last half minute, with the limit as a line and switches as arrows. */
export async function createLatencyChart(history: LatencyHistory): Promise<LatencyChart> {
  const summary = element('latency-summary', HTMLElement);
  let describedMs = Number.NEGATIVE_INFINITY;
  const { plot } = await createPlot(
    element('latency-chart', HTMLElement),
    (colours, { paths }) => shape(history, colours, paths),
    dataOf(history),
  );
  return {
    update(nowMs) {
      plot.setData(dataOf(history));
      if (nowMs - describedMs < describeEveryMs) return;
      describedMs = nowMs;
      setText(summary, history.describe());
    },
  };
}

function dataOf(history: LatencyHistory): uPlot.AlignedData {
  const { x, workMs, limitMs } = history.columns;
  return [x as number[], workMs as (number | null)[], limitMs as (number | null)[]];
}

function shape(
  history: LatencyHistory,
  colours: () => ChartColours,
  { stepped }: typeof uPlot.paths,
): PlotShape {
  return {
    padding: [14, 14, 0, 0],
    cursor: { show: false },
    scales: {
      x: { time: false, range: () => [-historyMs / 1000, 0] },
      y: { range: () => [0, history.topMs] },
    },
    axes: [
      axis(colours, {
        size: 26,
        gap: 6,
        grid: { show: false },
        splits: () => [-30, -20, -10, 0],
        values: (_, splits) => splits.map((s) => (s === 0 ? 'now' : `${-s} s`)),
      }),
      axis(colours, {
        size: 56,
        gap: 6,
        space: 34,
        values: (_, splits) => splits.map(formatWholeMs),
      }),
    ],
    series: [
      {},
      {
        stroke: () => colours().line,
        fill: () => colours().fill,
        width: 1.25,
        points: { show: false },
      },
      {
        stroke: () => colours().limit,
        width: 1.5,
        dash: [6, 4],
        // Each frame's limit holds back to the frame before it.
        paths: stepped!({ align: -1 }),
        points: { show: false },
      },
    ],
    hooks: { draw: [(plot) => drawMarks(plot, history, colours())] },
  };
}

/** A thin line for each switch, with an arrow at its head: up for more accurate, down for faster. */
function drawMarks(plot: uPlot, history: LatencyHistory, { ink }: ChartColours): void {
  const { ctx, bbox } = plot;
  const ratio = pixelRatio(plot);
  ctx.save();
  ctx.fillStyle = ink;
  ctx.strokeStyle = ink;
  ctx.lineWidth = ratio;
  for (const { x, direction } of history.marks) {
    const at = plot.valToPos(x, 'x', true);
    ctx.globalAlpha = 0.35;
    ctx.beginPath();
    ctx.moveTo(at, bbox.top);
    ctx.lineTo(at, bbox.top + bbox.height);
    ctx.stroke();
    ctx.globalAlpha = 1;
    const tip = direction === 'up' ? -1 : 1;
    const middle = bbox.top - 6 * ratio;
    ctx.beginPath();
    ctx.moveTo(at, middle + 4 * ratio * tip);
    ctx.lineTo(at - 4.5 * ratio, middle - 4 * ratio * tip);
    ctx.lineTo(at + 4.5 * ratio, middle - 4 * ratio * tip);
    ctx.fill();
  }
  ctx.restore();
}
