import { type AxisFilter, weightBits } from './contract.ts';

/** The centre square that is classified, in source pixels. */
export interface CropSquare {
  readonly left: number;
  readonly top: number;
  readonly side: number;
}

/** The centre square of a frame; its side is a fraction of the frame's short side, at least one pixel. */
export function centreSquare(width: number, height: number, cropFraction: number): CropSquare {
  const side = Math.max(1, Math.round(Math.min(width, height) * cropFraction));
  return { left: (width - side) >> 1, top: (height - side) >> 1, side };
}

/**
 * The triangle filter that scales `length` source pixels from `start` on to `outputs` pixels. The crop's
 * edge pixels stand for those beyond it.
 * @param sourceLength pixels of the whole axis; no tap lies outside it
 */
export function axisFilter(
  start: number,
  length: number,
  outputs: number,
  sourceLength: number,
): AxisFilter {
  const scale = length / outputs;
  const support = Math.max(scale, 1);
  const taps = Math.min(Math.ceil(2 * support) + 1, sourceLength);
  const first = new Int32Array(outputs);
  const weights = new Int16Array(outputs * taps);
  const end = start + length - 1;
  for (let out = 0; out < outputs; out++) {
    const centre = start + (out + 0.5) * scale - 0.5;
    const from = Math.floor(centre - support) + 1;
    const to = Math.ceil(centre + support) - 1;
    first[out] = Math.min(Math.max(from, start), sourceLength - taps);
    const row = new Float64Array(taps);
    for (let source = from; source <= to; source++) {
      const inside = Math.min(Math.max(source, start), end);
      row[inside - first[out]!]! += 1 - Math.abs(source - centre) / support;
    }
    weights.set(toFixedPoint(row), out * taps);
  }
  return { taps, first, weights };
}

/** Rounds weights so that they add up to 2^weightBits exactly; the largest one takes the difference. */
function toFixedPoint(row: Float64Array): Int16Array {
  const one = 2 ** weightBits;
  let sum = 0;
  for (const weight of row) sum += weight;
  const fixed = Int16Array.from(row, (weight) => Math.round((weight / sum) * one));
  let total = 0;
  let largest = 0;
  fixed.forEach((weight, i) => {
    total += weight;
    if (weight > fixed[largest]!) largest = i;
  });
  fixed[largest]! += one - total;
  return fixed;
}
