import { finishTile, writesOnlyIntegers } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';
import { byteRows } from './panel.as';

/**
 * Convolution by `i16x8.relaxed_dot_i8x16_i7x16_s`, for operands so small that many products fit in an i16:
 * `pairsPerWiden` steps add up there before they are widened to i32, which saves an instruction a step.
 * 4 positions x 8 channels a tile. Weights as for `convWide`.
 */
export function convLowBit(args: LayerArgs): void {
  if (writesOnlyIntegers(args)) convolve(args, true);
  else convolve(args, false);
}

// @ts-ignore: decorator
@inline
function convolve(args: LayerArgs, integerOnly: bool): void {
  const taps = args.kernelHeight * args.kernelWidth;
  const rowBytes = <usize>(taps * args.inStride);
  const total = args.outHeight * args.outWidth;
  for (let first = 0; first < total; first += args.stripRows) {
    const rows = min(args.stripRows, total - first);
    const matrix = byteRows(args, first, rows);
    for (let channel = 0; channel < args.outStride; channel += 8) {
      for (let row = 0; row < rows; row += 4) {
        multiply(args, matrix, first, row, rows, channel, taps, rowBytes, integerOnly);
      }
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, weights: v128, pair: v128): v128 {
  return i16x8.add(sum, i16x8.relaxed_dot_i8x16_i7x16_s(weights, pair));
}

// @ts-ignore: decorator
@inline
function multiply(
  args: LayerArgs,
  matrix: usize,
  first: i32,
  row: i32,
  rows: i32,
  channel: i32,
  taps: i32,
  rowBytes: usize,
  integerOnly: bool,
): void {
  const last = rows - 1;
  let a0 = matrix + <usize>row * rowBytes;
  // Rows past the end repeat the last one; they are computed and not stored.
  let a1 = matrix + <usize>min(row + 1, last) * rowBytes;
  let a2 = matrix + <usize>min(row + 2, last) * rowBytes;
  let a3 = matrix + <usize>min(row + 3, last) * rowBytes;
  const low = v128.load(args.accInit + (<usize>channel << 2));
  const high = v128.load(args.accInit + (<usize>channel << 2), 16);
  let c00 = low, c01 = high, c10 = low, c11 = high;
  let c20 = low, c21 = high, c30 = low, c31 = high;
  const chunkBytes = <usize>(args.pairsPerWiden * 16);
  let tapWeights = args.weights + <usize>((channel >> 3) * args.groupStride);
  for (let tap = 0; tap < taps; tap++) {
    let b = tapWeights;
    const end = b + <usize>(args.inStride * 8);
    while (b < end) {
      const chunkEnd = min(end, b + chunkBytes);
      let s0 = i16x8.splat(0), s1 = s0, s2 = s0, s3 = s0;
      while (b < chunkEnd) {
        // Channels and `pairsPerWiden` are even multiples: two steps fit without a check between them.
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        s0 = dot(dot(s0, b0, v128.load16_splat(a0)), b1, v128.load16_splat(a0, 2));
        s1 = dot(dot(s1, b0, v128.load16_splat(a1)), b1, v128.load16_splat(a1, 2));
        s2 = dot(dot(s2, b0, v128.load16_splat(a2)), b1, v128.load16_splat(a2, 2));
        s3 = dot(dot(s3, b0, v128.load16_splat(a3)), b1, v128.load16_splat(a3, 2));
        a0 += 4; a1 += 4; a2 += 4; a3 += 4;
        b += 32;
      }
      c00 = i32x4.add(c00, i32x4.extend_low_i16x8_s(s0));
      c01 = i32x4.add(c01, i32x4.extend_high_i16x8_s(s0));
      c10 = i32x4.add(c10, i32x4.extend_low_i16x8_s(s1));
      c11 = i32x4.add(c11, i32x4.extend_high_i16x8_s(s1));
      c20 = i32x4.add(c20, i32x4.extend_low_i16x8_s(s2));
      c21 = i32x4.add(c21, i32x4.extend_high_i16x8_s(s2));
      c30 = i32x4.add(c30, i32x4.extend_low_i16x8_s(s3));
      c31 = i32x4.add(c31, i32x4.extend_high_i16x8_s(s3));
    }
    tapWeights += args.tapStride;
  }
  const at = <usize>((first + row) * args.outStride + channel);
  finishTile(
    args,
    c00, c01, c10, c11, c20, c21, c30, c31,
    channel,
    at,
    rows - row,
    integerOnly,
  );
}
