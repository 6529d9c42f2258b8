import { finishTile } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';
import { byteRows, nextRow, tileRows } from './panel.as';

/**
 * Convolution by `i16x8.relaxed_dot_i8x16_i7x16_s`, for operands so small that many products fit in an i16:
 * `quadsPerWiden` steps add up there before they are widened to i32, which leaves two instructions for 16
 * products. 4 positions x 8 channels a tile. Weights as for `convDot`.
 */
export function convLowBit(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  firstChannel: i32,
  endChannel: i32,
  scratch: usize,
): void {
  const quads = (args.kernelHeight * args.kernelWidth * args.inStride) >> 2;
  if (quads <= args.quadsPerWiden) {
    if (args.narrowsBySaturation) convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, true, true);
    else convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, false, true);
  } else {
    if (args.narrowsBySaturation) convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, true, false);
    else convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, false, false);
  }
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
  widensOnce: bool,
): void {
  const rowBytes = <usize>(args.kernelHeight * args.kernelWidth * args.inStride);
  for (let first = firstRow; first < endRow; first += args.stripRows) {
    const rows = min(args.stripRows, endRow - first);
    const matrix = byteRows(args, first, rows, scratch);
    for (let channel = firstChannel; channel < endChannel; channel += 8) {
      const weights = args.weights + <usize>((channel >> 3) * args.groupStride);
      let tile = matrix;
      let at = <usize>(first * args.outStride + channel);
      for (let left = rows; left > 0; left -= tileRows) {
        multiply(args, tile, nextRow(rows, rowBytes), weights, channel, at, left, integerOnly, widensOnce);
        tile += tileRows * rowBytes;
        at += tileRows * args.outStride;
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, weights: v128, inputs: v128): v128 {
  return i16x8.add(sum, i16x8.relaxed_dot_i8x16_i7x16_s(weights, inputs));
}

/** Adds to each i32 the two i16 that lie in its place. */
// @ts-ignore: decorator
@inline
function widen(sum: v128, pairs: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(pairs, i16x8.splat(1)));
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
  widensOnce: bool,
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
  const chunkBytes = <usize>(args.quadsPerWiden * 32);
  let s00 = i16x8.splat(0), s01 = s00, s10 = s00, s11 = s00;
  let s20 = s00, s21 = s00, s30 = s00, s31 = s00;
  const tapBytes = <usize>(args.inStride * 8);
  let b = weights;
  for (let tap = args.kernelHeight * args.kernelWidth; tap > 0; tap--) {
    const end = b + tapBytes;
    do {
      const chunkEnd = widensOnce ? end : min(end, b + chunkBytes);
      do {
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        let x = v128.load32_splat(a0);
        s00 = dot(s00, b0, x);
        s01 = dot(s01, b1, x);
        x = v128.load32_splat(a1);
        s10 = dot(s10, b0, x);
        s11 = dot(s11, b1, x);
        x = v128.load32_splat(a2);
        s20 = dot(s20, b0, x);
        s21 = dot(s21, b1, x);
        x = v128.load32_splat(a3);
        s30 = dot(s30, b0, x);
        s31 = dot(s31, b1, x);
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        b += 32;
      } while (b < chunkEnd);
      if (!widensOnce) {
        c00 = widen(c00, s00);
        c01 = widen(c01, s01);
        c10 = widen(c10, s10);
        c11 = widen(c11, s11);
        c20 = widen(c20, s20);
        c21 = widen(c21, s21);
        c30 = widen(c30, s30);
        c31 = widen(c31, s31);
        s00 = s01 = s10 = s11 = s20 = s21 = s30 = s31 = i16x8.splat(0);
      }
    } while (b < end);
    b += args.tapStride - tapBytes;
  }
  if (widensOnce) {
    c00 = widen(c00, s00);
    c01 = widen(c01, s01);
    c10 = widen(c10, s10);
    c11 = widen(c11, s11);
    c20 = widen(c20, s20);
    c21 = widen(c21, s21);
    c30 = widen(c30, s30);
    c31 = widen(c31, s31);
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
