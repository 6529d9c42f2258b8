import {
  axisStyle,
  type Chart,
  type ChartSize,
  colourKey,
  ink,
  seriesColour,
  textStyle,
  wideFigure,
} from '../../src/training/report/chart.ts';
import type { Markup } from '../../src/training/report/html.ts';
import {
  type NetworkRoofline,
  type Peaks,
  type RooflineResult,
  stepKinds,
} from '../roofline/roofline.ts';
import type { RuntimesResult } from '../runtimes/result.ts';
import type { SubnetsResult } from '../subnets/result.ts';
import type { BenchResult } from './result.ts';

/** @param id unique in the page */
export function chartsOf(result: BenchResult, id: string): readonly Markup[] {
  switch (result.kind) {
    case 'runtimes':
    case 'kernels':
    case 'webgpu':
      return [latencyFigure(result, id)];
    case 'roofline':
      return result.networks.map((network, i) => rooflineFigure(network, result, `${id}-${i}`));
    case 'subnets':
      return [subnetsFigure(result, id)];
    default:
      return result satisfies never;
  }
}

const rowPx = 26;
const titleCharPx = 8;

function latencyFigure({ rows, network, resolution }: RuntimesResult, id: string): Markup {
  const sorted = rows.toSorted((a, b) => b.medianMs - a.medianMs);
  const names = [...new Set(rows.map(({ runtime }) => runtime))];
  const titles = sorted.map(titleOf);
  // Too wide a guess is better than a title cut off: the drawing does not know how wide its reader's type is.
  const titlesPx = 12 + titleCharPx * Math.max(...titles.map(({ length }) => length));
  const draw = (size: ChartSize, kind: string): Chart => ({
    ...size,
    id: `${id}-${kind}`,
    description: `Median latency of ${rows.length} runtimes and precisions; the table below has all figures.`,
    option: {
      grid: { left: titlesPx, right: 48, top: 4, bottom: 24, outerBoundsMode: 'none' },
      xAxis: { ...axisStyle, type: 'value' },
      yAxis: {
        ...axisStyle,
        type: 'category',
        data: titles,
      },
      series: [
        {
          type: 'bar',
          label: { ...textStyle, show: true, position: 'right', color: ink },
          data: sorted.map(({ runtime, medianMs }) => ({
            value: Number(medianMs.toFixed(1)),
            itemStyle: { color: seriesColour(names.indexOf(runtime)) },
          })),
        },
      ],
    },
  });
  const heightPx = 40 + rowPx * rows.length;
  const caption = `${network} at ${resolution}: median of a frame, ms; less is better`;
  return wideFigure(caption, draw, { wide: heightPx, narrow: heightPx }, colourKey(names));
}

function titleOf({ runtime, precision, threads, backend }: RuntimesResult['rows'][number]): string {
  const build = backend.includes('SIMD128') ? ', SIMD128' : '';
  return `${runtime} ${precision}${build}${threads > 1 ? `, ${threads} threads` : ''}`;
}

function rooflineFigure(network: NetworkRoofline, { peaks }: RooflineResult, id: string): Markup {
  const steps = network.steps.filter(({ macs }) => macs > 0);
  const kinds = stepKinds.filter((kind) => steps.some((step) => step.kind === kind));
  const own = kinds.map((kind) => steps.filter((step) => step.kind === kind));
  const draw = (size: ChartSize, kind: string): Chart => ({
    ...size,
    id: `${id}-${kind}`,
    description: `Multiply-adds a second against multiply-adds a byte, for ${steps.length} layers of ${network.network}.`,
    pointTitles: own.map((group) =>
      group.map(({ name, shape, macs, minMs }) => {
        return `${name}, ${shape}: ${(macs / minMs / 1e6).toFixed(1)} G MAC/s, ${minMs.toFixed(3)} ms`;
      }),
    ),
    option: {
      grid: { left: 8, right: 24, top: 14, bottom: 28 },
      xAxis: {
        ...axisStyle,
        type: 'log',
        name: 'MACs a byte',
        nameLocation: 'middle',
        nameGap: 26,
      },
      yAxis: { ...axisStyle, type: 'log', name: 'G MAC/s' },
      series: [
        ...own.map((group, i) => ({
          type: 'scatter',
          symbolSize: 9,
          itemStyle: { color: seriesColour(i), opacity: 0.8 },
          data: group.map(({ macs, bytes, minMs }) => [macs / bytes, macs / minMs / 1e6]),
        })),
        ...roofs(network, peaks),
      ],
    },
  });
  const caption = `${network.network}, ${network.bits} bit: each layer, below the peaks of the dot instructions that are used and of reading from cache`;
  return wideFigure(caption, draw, { wide: 420, narrow: 360 }, colourKey(kinds));
}

/** min(peak of the instruction, bandwidth * multiply-adds a byte), one line for each instruction in use. */
function roofs({ steps }: NetworkRoofline, { macsPerSecond, bandwidth }: Peaks) {
  const used = [...new Set(steps.map(({ instruction }) => instruction))].filter((i) => i !== null);
  const intensities = steps.filter(({ macs }) => macs > 0).map(({ macs, bytes }) => macs / bytes);
  const [least, most] = [Math.min(...intensities), Math.max(...intensities)];
  const [cache] = bandwidth;
  return used.map((instruction) => {
    const peak = macsPerSecond[instruction];
    const ridge = Math.min(most, Math.max(least, peak / cache!.bytesPerSecond));
    const roof = (intensity: number) => Math.min(peak, intensity * cache!.bytesPerSecond) / 1e9;
    return {
      type: 'line',
      showSymbol: false,
      silent: true,
      lineStyle: { color: ink, width: 1.5, type: 'dashed', opacity: 0.7 },
      data: [least, ridge, most].map((intensity) => [intensity, roof(intensity)]),
    };
  });
}

function subnetsFigure({ rows, model }: SubnetsResult, id: string): Markup {
  const names = ['steady frame', 'first frame after a switch'];
  const sorted = rows.toSorted((a, b) => a.steadyMs - b.steadyMs);
  const line = (values: readonly number[], i: number) => ({
    type: 'line',
    showSymbol: false,
    lineStyle: { color: seriesColour(i) },
    data: values.map((value, rank) => [rank + 1, value]),
  });
  const draw = (size: ChartSize, kind: string): Chart => ({
    ...size,
    id: `${id}-${kind}`,
    description: `Latency of the ${rows.length} subnets of ${model}, fastest first, and of the frame after a switch.`,
    option: {
      grid: { left: 8, right: 24, top: 14, bottom: 8 },
      xAxis: { ...axisStyle, type: 'value', min: 1, max: rows.length },
      yAxis: { ...axisStyle, type: 'value' },
      series: [
        line(
          sorted.map(({ steadyMs }) => steadyMs),
          0,
        ),
        line(
          sorted.map(({ firstMs }) => firstMs),
          1,
        ),
      ],
    },
  });
  const caption = `${model}: ms of a frame, subnets from the fastest to the slowest`;
  return wideFigure(caption, draw, { wide: 320, narrow: 280 }, colourKey(names));
}
