import { narrowFour } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/**
 * Depthwise convolution, 3 x 3, stride 1 or 2, where `narrowsBySaturation`.
 *
 * Two input rows at a time are interleaved and widened to i16 once, so that one `dot_i16x8` multiplies two
 * taps of a column: of four rows, (0, 1) and (2, 3), the kernel's rows for an output row are (0, 1) and
 * (2, -); with stride 1 those of the next one are (-, 1) and (2, 3). So stride 1 makes two rows of output
 * at a time and stride 2 one.
 *
 * Weights: i16, per 4 channels [column of the kernel][pair of rows, per output row][4 channels][2 rows], zero
 * where a pair's row is not under the kernel.
 */
export function depthwise3x3(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  firstChannel: i32,
  endChannel: i32,
  scratch: usize,
): void {
  if (args.stride == 1) convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, 1);
  else convolve(args, firstRow, endRow, firstChannel, endChannel, scratch, 2);
}

// Bytes of 4 channels of two rows as i16.
const pairBytes = 16;

// @ts-ignore: decorator
@inline
function convolve(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  firstChannel: i32,
  endChannel: i32,
  scratch: usize,
  stride: i32,
): void {
  const outRows = 3 - stride;
  const tileColumns = 2 * stride;
  const tiles = (args.outWidth + tileColumns - 1) / tileColumns;
  const columns = (tiles * tileColumns - 1) * stride + 3;
  const quarterBytes = <usize>columns * pairBytes;
  const weightBytes = <usize>(3 * 2 * outRows * pairBytes);
  const channels = <usize>endChannel;
  for (let first = firstRow; first < endRow; first += args.stripRows) {
    const end = min(first + args.stripRows, endRow);
    let weights = args.weights + <usize>(firstChannel >> 2) * weightBytes;
    for (let group = <usize>firstChannel; group < channels; group += 16) {
      const groupEnd = min(group + 16, channels);
      let lower = scratch;
      let top = first * stride - args.padTop;
      pairRows(args, top, group, groupEnd, columns, lower);
      for (let y = first; y < end; y += outRows) {
        const upper = lower;
        lower += 4 * quarterBytes;
        top += 2;
        pairRows(args, top, group, groupEnd, columns, lower);
        let quarter: usize = 0;
        let w = weights;
        for (let channel = group; channel < groupEnd; channel += 4) {
          if (stride == 1) twoRows(args, upper + quarter, lower + quarter, w, y, channel);
          else oneRow(args, upper + quarter, lower + quarter, w, y, channel);
          quarter += quarterBytes;
          w += weightBytes;
        }
      }
      weights += 4 * weightBytes;
    }
  }
}

// @ts-ignore: decorator
@inline
function dot(sum: v128, rows: v128, weights: v128): v128 {
  return i32x4.add(sum, i32x4.dot_i16x8_s(rows, weights));
}

/** Two rows of output for stride 1, 4 channels: two columns at a time. */
// @ts-ignore: decorator
@inline
function twoRows(
  args: LayerArgs,
  upper: usize,
  lower: usize,
  weights: usize,
  y: i32,
  channel: usize,
): void {
  const accInit = v128.load(args.accInit + (channel << 2));
  const step = <usize>args.outStride;
  const rowStep = <usize>args.outWidth * step;
  let to = args.integerOut + <usize>y * rowStep + channel;
  // What lies outside the output is written over what lies inside: before it, so that the inside stays.
  const nextRow = y + 1 < args.outHeight ? rowStep : 0;
  for (let x = 0; x < args.outWidth; x += 2) {
    const nextColumn = x + 1 < args.outWidth ? step : 0;
    let c00 = accInit, c01 = accInit, c10 = accInit, c11 = accInit;
    let a0 = v128.load(upper), b0 = v128.load(lower);
    for (let column: usize = 0; column < 3; column++) {
      const w = weights + column * (4 * pairBytes);
      const next = (column + 1) * pairBytes;
      const a1 = v128.load(upper + next), b1 = v128.load(lower + next);
      const w0 = v128.load(w), w1 = v128.load(w, 16);
      c00 = dot(dot(c00, a0, w0), b0, w1);
      c01 = dot(dot(c01, a1, w0), b1, w1);
      const w2 = v128.load(w, 32), w3 = v128.load(w, 48);
      c10 = dot(dot(c10, a0, w2), b0, w3);
      c11 = dot(dot(c11, a1, w2), b1, w3);
      a0 = a1;
      b0 = b1;
    }
    narrowFour(
      args,
      c11, c10, c01, c00,
      channel,
      to + nextRow + nextColumn,
      to + nextRow,
      to + nextColumn,
      to,
    );
    to += 2 * step;
    upper += 2 * pairBytes;
    lower += 2 * pairBytes;
  }
}

/** A row of output for stride 2, 4 channels: four columns at a time. */
// @ts-ignore: decorator
@inline
function oneRow(
  args: LayerArgs,
  upper: usize,
  lower: usize,
  weights: usize,
  y: i32,
  channel: usize,
): void {
  const accInit = v128.load(args.accInit + (channel << 2));
  const step = <usize>args.outStride;
  let to = args.integerOut + <usize>(y * args.outWidth) * step + channel;
  for (let x = 0; x < args.outWidth; x += 4) {
    // What lies outside the output is written over its last column, before that itself.
    const last = <usize>(args.outWidth - 1 - x);
    let c0 = accInit, c1 = accInit, c2 = accInit, c3 = accInit;
    for (let column: usize = 0; column < 3; column++) {
      const w = weights + column * (2 * pairBytes);
      const w0 = v128.load(w), w1 = v128.load(w, 16);
      const a = upper + column * pairBytes, b = lower + column * pairBytes;
      c0 = dot(dot(c0, v128.load(a), w0), v128.load(b), w1);
      c1 = dot(dot(c1, v128.load(a, 32), w0), v128.load(b, 32), w1);
      c2 = dot(dot(c2, v128.load(a, 64), w0), v128.load(b, 64), w1);
      c3 = dot(dot(c3, v128.load(a, 96), w0), v128.load(b, 96), w1);
    }
    narrowFour(
      args,
      c3, c2, c1, c0,
      channel,
      to + min<usize>(3, last) * step,
      to + min<usize>(2, last) * step,
      to + min<usize>(1, last) * step,
      to,
    );
    to += 4 * step;
    upper += 8 * pairBytes;
    lower += 8 * pairBytes;
  }
}

/**
 * Interleaves 16 channels of the input rows `top` and `top + 1` and widens them to i16: 4 channels of every
 * column from `-padLeft` on, then the next 4. In the last group there may be only 8.
 */
// @ts-ignore: decorator
@inline
function pairRows(
  args: LayerArgs,
  top: i32,
  channel: usize,
  channelEnd: usize,
  columns: i32,
  to: usize,
): void {
  const isWhole = channelEnd - channel == 16;
  const quarterBytes = <usize>columns * pairBytes;
  const step = <usize>args.inStride;
  const pad = args.padPixel + channel;
  const hasFirst = <u32>top < <u32>args.inHeight;
  const hasSecond = <u32>(top + 1) < <u32>args.inHeight;
  const row = args.input + <usize>(top * args.inWidth) * step + channel;
  let first = hasFirst ? row : pad;
  let second = hasSecond ? row + <usize>args.inWidth * step : pad;
  const firstStep = hasFirst ? step : 0;
  const secondStep = hasSecond ? step : 0;
  const inside = min(args.inWidth, columns - args.padLeft);
  const padEnd = to + <usize>args.padLeft * pairBytes;
  const insideEnd = padEnd + <usize>inside * pairBytes;
  const end = to + quarterBytes;
  while (to < padEnd) {
    pairPixels(pad, pad, to, quarterBytes, isWhole);
    to += pairBytes;
  }
  while (to < insideEnd) {
    pairPixels(first, second, to, quarterBytes, isWhole);
    first += firstStep;
    second += secondStep;
    to += pairBytes;
  }
  while (to < end) {
    pairPixels(pad, pad, to, quarterBytes, isWhole);
    to += pairBytes;
  }
}

// @ts-ignore: decorator
@inline
function pairPixels(
  first: usize,
  second: usize,
  to: usize,
  quarterBytes: usize,
  isWhole: bool,
): void {
  const a = isWhole ? v128.load(first) : v128.load64_zero(first);
  const b = isWhole ? v128.load(second) : v128.load64_zero(second);
  const low = i8x16.shuffle(
    a, b,
    0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
  );
  v128.store(to, i16x8.extend_low_i8x16_u(low));
  v128.store(to + quarterBytes, i16x8.extend_high_i8x16_u(low));
  if (!isWhole) return;
  const high = i8x16.shuffle(
    a, b,
    8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31,
  );
  v128.store(to + 2 * quarterBytes, i16x8.extend_low_i8x16_u(high));
  v128.store(to + 3 * quarterBytes, i16x8.extend_high_i8x16_u(high));
}
