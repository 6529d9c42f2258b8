import { roundTiesToEven } from '../../quant/round.ts';
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
 *
 * Output pixel o has its centre at c = start + (o + 1/2) * length / outputs - 1/2, and source pixel i the
 * weight 1 - |i - c| / support, where support = max(length / outputs, 1). Both are computed times
 * 2 * outputs, in whole numbers, so that nothing is rounded before the weights are: mirrored pixels get
 * mirrored weights.
 * @param sourceLength pixels of the whole axis; no tap lies outside it
 */
export function axisFilter(
  start: number,
  length: number,
  outputs: number,
  sourceLength: number,
): AxisFilter {
  const unit = 2 * outputs;
  const support = 2 * Math.max(length, outputs);
  // So many whole numbers lie strictly between c - support and c + support, at most.
  const taps = Math.min(Math.ceil((2 * support) / unit), sourceLength);
  const first = new Int32Array(outputs);
  const weights = new Int16Array(outputs * taps);
  const end = start + length - 1;
  for (let out = 0; out < outputs; out++) {
    const centre = unit * start + (2 * out + 1) * length - outputs;
    const from = Math.floor((centre - support) / unit) + 1;
    const to = Math.ceil((centre + support) / unit) - 1;
    first[out] = Math.min(Math.max(from, start), sourceLength - taps);
    const row = new Float64Array(taps);
    for (let source = from; source <= to; source++) {
      const inside = Math.min(Math.max(source, start), end);
      row[inside - first[out]!]! += support - Math.abs(unit * source - centre);
    }
    weights.set(toFixedPoint(row), out * taps);
  }
  return { taps, first, weights };
}

/**
 * Scales whole numbers so that they add up to 2^weightBits exactly: the running total is what is rounded.
 * Ties go to even, which makes the mirror image of a row round to the mirror image.
 */
function toFixedPoint(row: Float64Array): Int16Array {
  const sum = row.reduce((total, weight) => total + weight);
  const fixed = new Int16Array(row.length);
  let total = 0;
  let reached = 0;
  row.forEach((weight, i) => {
    total += weight;
    const next = roundTiesToEven((total * 2 ** weightBits) / sum);
    fixed[i] = next - reached;
    reached = next;
  });
  return fixed;
}
