import { finishTile } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';
import { wordRows } from './panel.as';

/**
 * Convolution by `i32x4.dot_i16x8_s`: any bit-width, on every engine with SIMD. 4 positions x 8 channels a
 * tile. Weights: i8, [8 channels][2 inputs] after one another for each tap.
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
  const taps = args.kernelHeight * args.kernelWidth;
  const rowBytes = <usize>(taps * args.inStride * 2);
  for (let first = firstRow; first < endRow; first += args.stripRows) {
    const rows = min(args.stripRows, endRow - first);
    const matrix = wordRows(args, first, rows, scratch);
    for (let channel = firstChannel; channel < endChannel; channel += 8) {
      for (let row = 0; row < rows; row += 4) {
        multiply(args, matrix, first, row, rows, channel, taps, rowBytes, integerOnly);
      }
    }
  }
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
  let tapWeights = args.weights + <usize>((channel >> 3) * args.groupStride);
  for (let tap = 0; tap < taps; tap++) {
    let b = tapWeights;
    const end = b + <usize>(args.inStride * 8);
    while (b < end) {
      let b0 = v128.load8x8_s(b), b1 = v128.load8x8_s(b, 8);
      let x = v128.load32_splat(a0);
      c00 = i32x4.add(c00, i32x4.dot_i16x8_s(b0, x));
      c01 = i32x4.add(c01, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a1);
      c10 = i32x4.add(c10, i32x4.dot_i16x8_s(b0, x));
      c11 = i32x4.add(c11, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a2);
      c20 = i32x4.add(c20, i32x4.dot_i16x8_s(b0, x));
      c21 = i32x4.add(c21, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a3);
      c30 = i32x4.add(c30, i32x4.dot_i16x8_s(b0, x));
      c31 = i32x4.add(c31, i32x4.dot_i16x8_s(b1, x));
      // Channels come in multiples of 4, so two steps fit without a check between them.
      b0 = v128.load8x8_s(b, 16); b1 = v128.load8x8_s(b, 24);
      x = v128.load32_splat(a0, 4);
      c00 = i32x4.add(c00, i32x4.dot_i16x8_s(b0, x));
      c01 = i32x4.add(c01, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a1, 4);
      c10 = i32x4.add(c10, i32x4.dot_i16x8_s(b0, x));
      c11 = i32x4.add(c11, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a2, 4);
      c20 = i32x4.add(c20, i32x4.dot_i16x8_s(b0, x));
      c21 = i32x4.add(c21, i32x4.dot_i16x8_s(b1, x));
      x = v128.load32_splat(a3, 4);
      c30 = i32x4.add(c30, i32x4.dot_i16x8_s(b0, x));
      c31 = i32x4.add(c31, i32x4.dot_i16x8_s(b1, x));
      a0 += 8; a1 += 8; a2 += 8; a3 += 8;
      b += 32;
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
