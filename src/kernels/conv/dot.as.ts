import { finishTile } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';
import { byteRows, nextRow, tileRows } from './panel.as';

/**
 * Convolution by `i32x4.relaxed_dot_i8x16_i7x16_add_s`, 16 products an instruction, where the engine's
 * version of it is exact for the layer (see `probeDot`). 4 positions x 8 channels a tile. Weights: i8,
 * [8 channels][4 inputs] after one another for each tap.
 */
export function convDot(
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
  const rowBytes = <usize>(args.kernelHeight * args.kernelWidth * args.inStride);
  for (let first = firstRow; first < endRow; first += args.stripRows) {
    const rows = min(args.stripRows, endRow - first);
    const matrix = byteRows(args, first, rows, scratch);
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
  const tapBytes = <usize>(args.inStride * 8);
  let b = weights;
  for (let tap = args.kernelHeight * args.kernelWidth; tap > 0; tap--) {
    const end = b + tapBytes;
    do {
      const b0 = v128.load(b), b1 = v128.load(b, 16);
      let x = v128.load32_splat(a0);
      c00 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, c00);
      c01 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, c01);
      x = v128.load32_splat(a1);
      c10 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, c10);
      c11 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, c11);
      x = v128.load32_splat(a2);
      c20 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, c20);
      c21 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, c21);
      x = v128.load32_splat(a3);
      c30 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b0, x, c30);
      c31 = i32x4.relaxed_dot_i8x16_i7x16_add_s(b1, x, c31);
      a0 += 4; a1 += 4; a2 += 4; a3 += 4;
      b += 32;
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

/**
 * Four products of the same bytes, added up: what the engine makes of operands for which the specification
 * leaves the result open. The bytes are parameters because the compiler would fold constants by rules of
 * its own.
 */
export function probeDot(weight: i32, input: i32): i32 {
  const weights = i8x16.splat(<i8>weight);
  const inputs = i8x16.splat(<i8>input);
  const sums = i32x4.relaxed_dot_i8x16_i7x16_add_s(weights, inputs, i32x4.splat(0));
  return i32x4.extract_lane(sums, 0);
}

/** The same for two products, added up in i16. */
export function probePairs(weight: i32, input: i32): i32 {
  const weights = i8x16.splat(<i8>weight);
  const inputs = i8x16.splat(<i8>input);
  return i16x8.extract_lane_s(i16x8.relaxed_dot_i8x16_i7x16_s(weights, inputs), 0);
}
