import type uPlot from 'uplot';
import { sameSubnet } from '../format.ts';
import type { ChartColours } from './colours.ts';
import { pixelRatio } from './plot.ts';
import { isWithin, type MapLimits, type MapPoint, type MapState, paretoFront } from './sizeMap.ts';

/** Half the size of a point, in CSS pixels; that of the active one. */
const radiusPx = 4.5;
const activeRadiusPx = 7;

/** The front as stairs, the limits as dashed lines, and each subnet in the form of its bits. */
export function drawMap(
  plot: uPlot,
  { points, active, limits }: MapState,
  near: MapPoint | null,
  colours: ChartColours,
): void {
  const { ctx, bbox } = plot;
  const ratio = pixelRatio(plot);
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  drawLimits(plot, limits, ratio, colours);
  drawFront(plot, paretoFront(points), ratio, colours);
  for (const point of points) {
    const isActive = active !== null && sameSubnet(point.subnet, active);
    if (isActive) continue;
    ctx.globalAlpha = isWithin(point, limits) ? 1 : 0.35;
    drawPoint(plot, point, point === near ? activeRadiusPx : radiusPx, ratio, colours);
  }
  ctx.globalAlpha = 1;
  const now = points.find(({ subnet }) => active !== null && sameSubnet(subnet, active));
  if (now) drawActive(plot, now, ratio, colours);
  ctx.restore();
}

function place(plot: uPlot, { costMs, accuracy }: MapPoint): [number, number] {
  return [plot.valToPos(costMs, 'x', true), plot.valToPos(accuracy, 'y', true)];
}

function drawLimits(
  plot: uPlot,
  { latencyMs, minAccuracy }: MapLimits,
  ratio: number,
  { limit }: ChartColours,
): void {
  const { ctx, bbox } = plot;
  ctx.strokeStyle = limit;
  ctx.lineWidth = 1.5 * ratio;
  ctx.setLineDash([6 * ratio, 4 * ratio]);
  ctx.beginPath();
  if (latencyMs !== null) {
    const x = plot.valToPos(latencyMs, 'x', true);
    ctx.moveTo(x, bbox.top);
    ctx.lineTo(x, bbox.top + bbox.height);
  }
  if (minAccuracy !== null) {
    const y = plot.valToPos(minAccuracy, 'y', true);
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
  }
  ctx.stroke();
  ctx.setLineDash([]);
}

function drawFront(
  plot: uPlot,
  front: readonly MapPoint[],
  ratio: number,
  { soft }: ChartColours,
): void {
  const { ctx } = plot;
  ctx.strokeStyle = soft;
  ctx.lineWidth = 1.5 * ratio;
  ctx.beginPath();
  let stairY: number | null = null;
  for (const point of front) {
    const [x, y] = place(plot, point);
    if (stairY === null) ctx.moveTo(x, y);
    else {
      ctx.lineTo(x, stairY);
      ctx.lineTo(x, y);
    }
    stairY = y;
  }
  ctx.stroke();
}

/** A circle for 8 bits, a square for 6, a triangle for 4; filled where its time was measured. */
function drawPoint(
  plot: uPlot,
  point: MapPoint,
  radius: number,
  ratio: number,
  { bits, ink, surface }: ChartColours,
): void {
  const { ctx } = plot;
  const [x, y] = place(plot, point);
  const colour = bits[point.subnet.bits] ?? ink;
  ctx.beginPath();
  trace(ctx, point.subnet.bits, x, y, radius * ratio);
  ctx.fillStyle = point.measured ? colour : surface;
  ctx.fill();
  ctx.strokeStyle = colour;
  ctx.lineWidth = 1.5 * ratio;
  ctx.stroke();
}

function drawActive(plot: uPlot, point: MapPoint, ratio: number, colours: ChartColours): void {
  const { ctx } = plot;
  const [x, y] = place(plot, point);
  ctx.strokeStyle = colours.ink;
  ctx.lineWidth = 2 * ratio;
  ctx.fillStyle = colours.surface;
  ctx.beginPath();
  ctx.arc(x, y, (activeRadiusPx + 4.5) * ratio, 0, 2 * Math.PI);
  ctx.fill();
  ctx.stroke();
  drawPoint(plot, { ...point, measured: true }, activeRadiusPx - 1, ratio, colours);
}

function trace(
  ctx: CanvasRenderingContext2D,
  bits: number,
  x: number,
  y: number,
  radius: number,
): void {
  if (bits === 6) {
    const half = radius * 0.88;
    ctx.rect(x - half, y - half, 2 * half, 2 * half);
  } else if (bits === 4) {
    ctx.moveTo(x, y - radius * 1.1);
    ctx.lineTo(x + radius, y + radius * 0.75);
    ctx.lineTo(x - radius, y + radius * 0.75);
    ctx.closePath();
  } else {
    ctx.arc(x, y, radius, 0, 2 * Math.PI);
  }
}
