import { finishTile } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';
import { nextRow, tileRows, wordRows } from './panel.as';

/**
 * Convolution by `i32x4.dot_i16x8_s`: any bit-width, on every engine with SIMD. 4 positions x 8 channels a
 * tile. Weights: i16, [8 channels][2 inputs] after one another for each tap; i8, widened in the loop, takes 8 %
 * longer.
 */
export function convWide(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  firstChannel: i32,
  endChannel: i32,
  scratch: usize,
): void {
  if (args.narrowsBySaturation) convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, true);
  else convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, false);
}

// @ts-ignore: decorator
@inline
function convolve(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  firstChannel: i32,
  endChannel: i32,
  scratch: usize,
  integerOnly: bool,
): void {
  const rowBytes = <usize>(args.kernelHeight * args.kernelWidth * args.inStride * 2);
  for (let first = firstRow; first < endRow; first += args.stripRows) {
    const rows = min(args.stripRows, endRow - first);
    const matrix = wordRows(args, first, rows, scratch);
    for (let channel = firstChannel; channel < endChannel; channel += 8) {
      const weights = args.weights + <usize>((channel >> 3) * args.groupStride);
      let tile = matrix;
      let at = <usize>(first * args.outStride + channel);
      for (let left = rows; left > 0; left -= tileRows) {
        multiply(args, tile, nextRow(rows, rowBytes), weights, channel, at, left, integerOnly);
        tile += tileRows * rowBytes;
        at += tileRows * args.outStride;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, weights: v128, inputs: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(weights, inputs));
}

// @ts-ignore: decorator
@inline
function multiply(
  args: LayerArgs,
  tile: usize,
  rowStep: usize,
  weights: usize,
  channel: i32,
  at: usize,
  rows: i32,
  integerOnly: bool,
): void {
  let a0 = tile;
  let a1 = a0 + rowStep;
  let a2 = a1 + rowStep;
  let a3 = a2 + rowStep;
  const accInit = args.accInit + (<usize>channel << 2);
  const low = v128.load(accInit);
  const high = v128.load(accInit, 16);
  let c00 = low, c01 = high, c10 = low, c11 = high;
  let c20 = low, c21 = high, c30 = low, c31 = high;
  const tapBytes = <usize>(args.inStride * 16);
  let b = weights;
  for (let tap = args.kernelHeight * args.kernelWidth; tap > 0; tap--) {
    const end = b + tapBytes;
    do {
      let b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      c00 = dot(c00, b0, x);
      c01 = dot(c01, b1, x);
      x = v128.load32_splat(a1);
      c10 = dot(c10, b0, x);
      c11 = dot(c11, b1, x);
      x = v128.load32_splat(a2);
      c20 = dot(c20, b0, x);
      c21 = dot(c21, b1, x);
      x = v128.load32_splat(a3);
      c30 = dot(c30, b0, x);
      c31 = dot(c31, b1, x);
      // Channels come in multiples of 4, so two steps fit without a check between them.
      b0 = v128.load(b, 32); b1 = v128.load(b, 48);
      x = v128.load32_splat(a0, 4);
      c00 = dot(c00, b0, x);
      c01 = dot(c01, b1, x);
      x = v128.load32_splat(a1, 4);
      c10 = dot(c10, b0, x);
      c11 = dot(c11, b1, x);
      x = v128.load32_splat(a2, 4);
      c20 = dot(c20, b0, x);
      c21 = dot(c21, b1, x);
      x = v128.load32_splat(a3, 4);
      c30 = dot(c30, b0, x);
      c31 = dot(c31, b1, x);
      a0 += 8; a1 += 8; a2 += 8; a3 += 8;
      b += 64;
    } while (b < end);
    b += args.tapStride - tapBytes;
  }
  finishTile(
    args,
    c00, c01, c10, c11, c20, c21, c30, c31,
    channel,
    at,
    rows,
    integerOnly,
  );
}
