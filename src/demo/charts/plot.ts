import type uPlot from 'uplot';
import { nextTask } from '../nextTask.ts';
import { type ChartColours, onColoursChange, readColours } from './colours.ts';

/** What a chart of this page draws with; the colours are those of now. */
export interface Plot {
  readonly plot: uPlot;
  readonly colours: ChartColours;
}

/** Axis labels, in CSS pixels. */
const font = '12px system-ui, -apple-system, "Segoe UI", Roboto, sans-serif';

/** Options that the charts have in common, filled in by each. */
export type PlotShape = Omit<uPlot.Options, 'width' | 'height' | 'legend'>;

/**
 * A uPlot that fills its element, follows its size and the page's colours. uPlot comes by a dynamic import, so
 * that the first label does not wait for it.
 */
export async function createPlot(
  target: HTMLElement,
  shapeWith: (colours: () => ChartColours, library: typeof uPlot) => PlotShape,
  data: uPlot.AlignedData,
): Promise<Plot> {
  const { default: UPlot } = await import('uplot');
  await nextTask();
  let colours = readColours();
  const sizeOf = () => ({ width: target.clientWidth, height: target.clientHeight });
  const options = { ...shapeWith(() => colours, UPlot), ...sizeOf(), legend: { show: false } };
  const plot = new UPlot(options, data, target);
  new ResizeObserver(() => {
    const { width, height } = sizeOf();
    if (width > 0 && (width !== plot.width || height !== plot.height)) {
      plot.setSize({ width, height });
    }
  }).observe(target);
  onColoursChange(() => {
    colours = readColours();
    plot.redraw();
  });
  return {
    plot,
    get colours() {
      return colours;
    },
  };
}

/** An axis in the page's type and colours. */
export function axis(colours: () => ChartColours, more: uPlot.Axis): uPlot.Axis {
  return {
    font,
    stroke: () => colours().soft,
    grid: { stroke: () => colours().grid, width: 1 },
    ticks: { show: false },
    ...more,
  };
}

/** Canvas pixels per CSS pixel. */
export function pixelRatio({ ctx, width }: uPlot): number {
  return ctx.canvas.width / width;
}
