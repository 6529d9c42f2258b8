import type uPlot from 'uplot';
import type { Subnet } from '../../index.ts';
import { describeSubnet, formatShare, formatWholeMs } from '../format.ts';
import { element, setText } from '../page.ts';
import type { ChartColours } from './colours.ts';
import { drawMap } from './drawMap.ts';
import { axis, createPlot, type PlotShape } from './plot.ts';
import {
  describeMap,
  describePoint,
  type MapPoint,
  type MapState,
  timeRange,
  timeTicks,
} from './sizeMap.ts';

/** How near, in CSS pixels, a pointer has to come to a point. */
const reachPx = 24;

export interface MapChart {
  update(state: MapState): void;
}

/** All subnets by latency and accuracy; choosing a point pins its subnet. */
export async function createMapChart(onChoose: (subnet: Subnet) => void): Promise<MapChart> {
  const target = element('map-chart', HTMLElement);
  const summary = element('map-summary', HTMLElement);
  const tip = element('map-tip', HTMLElement);
  let state: MapState = {
    points: [],
    isRecorded: true,
    active: null,
    limits: { latencyMs: null, minAccuracy: null },
  };
  let near: MapPoint | null = null;

  const { plot } = await createPlot(
    target,
    (colours) =>
      shape(
        () => state,
        () => near,
        colours,
      ),
    columnsOf(state),
  );

  function setNear(point: MapPoint | null): void {
    if (point === near) return;
    near = point;
    target.classList.toggle('pointing', near !== null);
    setText(tip, near ? `${describeSubnet(near.subnet)}: ${describePoint(near)}` : '');
    plot.redraw(false, false);
  }

  target.addEventListener('pointermove', (event) => setNear(nearest(plot, state.points, event)));
  target.addEventListener('pointerleave', () => setNear(null));
  target.addEventListener('click', (event) => {
    const point = nearest(plot, state.points, event);
    if (point) onChoose(point.subnet);
  });

  return {
    update(next) {
      state = next;
      plot.setData(columnsOf(state));
      setText(summary, describeMap(state));
    },
  };
}

function columnsOf({ points }: MapState): uPlot.AlignedData {
  return [points.map(({ costMs }) => costMs), points.map(({ accuracy }) => accuracy)];
}

function nearest(
  plot: uPlot,
  points: readonly MapPoint[],
  { clientX, clientY }: MouseEvent,
): MapPoint | null {
  const { left, top } = plot.over.getBoundingClientRect();
  let best: MapPoint | null = null;
  let bestPx = reachPx;
  for (const point of points) {
    const dx = plot.valToPos(point.costMs, 'x') - (clientX - left);
    const dy = plot.valToPos(point.accuracy, 'y') - (clientY - top);
    const px = Math.hypot(dx, dy);
    if (px < bestPx) [best, bestPx] = [point, px];
  }
  return best;
}

function shape(
  state: () => MapState,
  near: () => MapPoint | null,
  colours: () => ChartColours,
): PlotShape {
  return {
    // At the right, half of the last label of the axis sticks out.
    padding: [10, 26, 0, 0],
    cursor: { show: false },
    scales: {
      x: {
        time: false,
        // Sizes differ by factors: one that a busy moment made slow would press all others to the edge.
        distr: 3,
        range: () => timeRange(state().points),
      },
      y: {
        range: () =>
          rangeOf(
            state().points.map(({ accuracy }) => accuracy),
            0.08,
          ),
      },
    },
    axes: [
      axis(colours, {
        size: 26,
        gap: 6,
        splits: (_, __, leastMs, mostMs) => timeTicks(leastMs, mostMs),
        filter: (_, splits) => splits,
        values: (_, splits) => splits.map(formatWholeMs),
      }),
      axis(colours, {
        size: 46,
        gap: 6,
        space: 32,
        values: (_, splits) => splits.map(formatShare),
      }),
    ],
    // Drawn by hand: each point has a form and a fill of its own.
    series: [{}, { paths: () => null, points: { show: false } }],
    hooks: { draw: [(plot) => drawMap(plot, state(), near(), colours())] },
  };
}

/** From the least to the greatest value, with some room at both ends. */
function rangeOf(values: readonly number[], room: number): [number, number] {
  if (values.length === 0) return [0, 1];
  const least = Math.min(...values);
  const most = Math.max(...values);
  const margin = (most - least || most || 1) * room;
  return [Math.max(0, least - margin), most + margin];
}
