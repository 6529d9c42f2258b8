import { paretoFront } from '../../network/paretoFront.ts';
import { formatSubnet } from '../../network/subnet.ts';
import {
  axisStyle,
  type Chart,
  type ChartSize,
  ink,
  seriesColour,
  swatch,
  wideFigure,
} from './chart.ts';
import type { Evaluation, SubnetEvaluation } from './evaluation.ts';
import { html, type Markup } from './html.ts';

const symbols = ['circle', 'triangle', 'rect', 'diamond', 'roundRect', 'arrow'] as const;
const symbolNames = ['circle', 'triangle', 'square', 'diamond', 'rounded square', 'arrow'] as const;

/** Sides of the symbols of the largest and of the smallest resolution, in pixels. */
const largestSymbol = 19;
const smallestSymbol = 8;

/** Accuracy of all subnets against what they cost. */
export function accuracySection(evaluation: Evaluation): Markup {
  const { subnets, dataset } = evaluation;
  const front = subnetFront(subnets);
  const caption = `Top-1 accuracy on ${dataset} (%) against GBitOPs, each point a subnet`;
  const draw = (size: ChartSize, kind: string) => accuracyChart(evaluation, front, size, kind);
  return html`<section><h2>Accuracy against cost</h2>
${wideFigure(caption, draw, { wide: 480, narrow: 420 }, key(subnets))}
</section>`;
}

/** The subnets that no cheaper one beats, by rising cost. */
export function subnetFront(subnets: readonly SubnetEvaluation[]): readonly SubnetEvaluation[] {
  return paretoFront(
    subnets,
    ({ bitOps }) => bitOps,
    ({ top1 }) => top1,
  );
}

function accuracyChart(
  { subnets, dataset }: Evaluation,
  front: readonly SubnetEvaluation[],
  size: ChartSize,
  kind: string,
): Chart {
  const [widths, resolutions, bits] = dimensionsOf(subnets);
  const groups = bits.flatMap((b) =>
    widths.map((width) => ({
      bits: b,
      width,
      own: subnets.filter((subnet) => subnet.bits === b && subnet.width === width),
    })),
  );
  const points = groups.map(({ bits: b, width, own }) => ({
    type: 'scatter',
    symbol: symbols[widths.indexOf(width) % symbols.length],
    itemStyle: { color: seriesColour(bits.indexOf(b)), opacity: 0.85 },
    data: own.map((subnet) => ({
      value: pointOf(subnet),
      symbolSize: symbolSize(resolutions.indexOf(subnet.resolution), resolutions.length),
    })),
  }));
  const best = front.at(-1)!;
  return {
    ...size,
    id: `accuracy-${kind}`,
    description:
      `Accuracy on ${dataset} against bit operations of ${subnets.length} subnets. ` +
      `The front runs from ${describe(front[0]!)} to ${describe(best)}. The table below has all.`,
    pointTitles: groups.map(({ own }) => own.map(describe)),
    option: {
      grid: { left: 4, right: 24, top: 14, bottom: 28 },
      xAxis: {
        ...axisStyle,
        type: 'log',
        logBase: 2,
        name: 'GBitOPs',
        nameLocation: 'middle',
        nameGap: 28,
      },
      yAxis: { ...axisStyle, type: 'value', scale: true },
      series: [
        ...points,
        {
          type: 'line',
          // Whoever may spend as much as a point costs gets at least its accuracy.
          step: 'end',
          showSymbol: false,
          silent: true,
          lineStyle: { color: ink, width: 1.5, type: 'dashed', opacity: 0.7 },
          data: front.map(pointOf),
        },
      ],
    },
  };
}

function pointOf({ bitOps, top1 }: SubnetEvaluation): readonly [number, number] {
  return [bitOps / 1e9, 100 * top1];
}

function describe(subnet: SubnetEvaluation): string {
  const { bitOps, top1 } = subnet;
  const cost = (bitOps / 1e9).toPrecision(3);
  return `${formatSubnet(subnet)}: ${(100 * top1).toFixed(1)} % at ${cost} GBitOPs`;
}

function symbolSize(rank: number, count: number): number {
  return largestSymbol - ((largestSymbol - smallestSymbol) * rank) / Math.max(1, count - 1);
}

/** Values of each dimension, largest first. */
function dimensionsOf(subnets: readonly SubnetEvaluation[]) {
  const valuesOf = (dimension: 'width' | 'resolution' | 'bits') =>
    [...new Set(subnets.map((subnet) => subnet[dimension]))].sort((a, b) => b - a);
  return [valuesOf('width'), valuesOf('resolution'), valuesOf('bits')] as const;
}

/** What colour, shape and size mean. */
function key(subnets: readonly SubnetEvaluation[]): Markup {
  const [widths, resolutions, bits] = dimensionsOf(subnets);
  const shapes = widths.map((width, i) => `${symbolNames[i % symbolNames.length]} ${width}`);
  const sizes =
    resolutions.length > 1
      ? `${resolutions[0]} px (large) to ${resolutions.at(-1)} px`
      : `${resolutions[0]} px`;
  return html`<dl class="key">
<div><dt>Colour: bits</dt><dd>${bits.map((b, i) => html`<span>${swatch(i)}${b}</span>`)}</dd></div>
<div><dt>Shape: width</dt><dd>${shapes.join(', ')}</dd></div>
<div><dt>Size: resolution</dt><dd>${sizes}</dd></div>
<div><dt>Dashed</dt><dd>Pareto front: no cheaper subnet is as accurate</dd></div>
</dl>`;
}
