import { LayerArgs } from '../layerArgs.as';

// A convolution is a matrix product whose left side holds, for each output position, the input pixels
// under the kernel, tap after tap. Strips of its rows are gathered in scratch memory, small enough to stay
// in the first-level cache.

/** Rows of the product that are worked out at a time, whether or not there are so many left. */
export const tileRows: i32 = 4;

/**
 * Bytes from one row of a tile to the next. Of rows that are not there, whatever lies in their place is read: they are
 * worked out and not stored. A product of one row has that one four times, so that it alone is read.
 */
// @ts-ignore: decorator
@inline
export function nextRow(rows: i32, rowBytes: usize): usize {
  return rows == 1 ? 0 : rowBytes;
}

/** Address of the input pixel under one tap, or of the padding pixel. */
// @ts-ignore: decorator
@inline
export function pixelAt(args: LayerArgs, y: i32, x: i32): usize {
  // One unsigned comparison checks both ends.
  if (<u32>y >= <u32>args.inHeight || <u32>x >= <u32>args.inWidth) return args.padPixel;
  return args.input + <usize>((y * args.inWidth + x) * args.inStride);
}

/** `rows` rows from `first` on as bytes: where they lie, or gathered in scratch memory. */
// @ts-ignore: decorator
@inline
export function byteRows(args: LayerArgs, first: i32, rows: i32, scratch: usize): usize {
  if (isPointwise(args)) return args.input + <usize>(first * args.inStride);
  gather(args, first, rows, scratch, false);
  return scratch;
}

/** `rows` rows from `first` on in scratch memory, each byte widened to i16. */
// @ts-ignore: decorator
@inline
export function wordRows(args: LayerArgs, first: i32, rows: i32, scratch: usize): usize {
  if (isPointwise(args)) {
    widen(args.input + <usize>(first * args.inStride), scratch, rows * args.inStride);
  } else {
    gather(args, first, rows, scratch, true);
  }
  return scratch;
}

function gather(args: LayerArgs, first: i32, rows: i32, scratch: usize, wide: bool): void {
  const stride = args.stride;
  let to = scratch;
  let top = (first / args.outWidth) * stride - args.padTop;
  let left = (first % args.outWidth) * stride - args.padLeft;
  const end = args.outWidth * stride - args.padLeft;
  for (let row = 0; row < rows; row++) {
    const insideColumns = left >= 0 && left + args.kernelWidth <= args.inWidth;
    for (let y = top; y < top + args.kernelHeight; y++) {
      if (insideColumns && <u32>y < <u32>args.inHeight) {
        // None is padding, so the taps of this row are neighbours in memory.
        to = move(pixelAt(args, y, left), to, args.kernelWidth * args.inStride, wide);
      } else {
        for (let x = left; x < left + args.kernelWidth; x++) {
          to = move(pixelAt(args, y, x), to, args.inStride, wide);
        }
      }
    }
    left += stride;
    if (left == end) {
      left = -args.padLeft;
      top += stride;
    }
  }
}

// @ts-ignore: decorator
@inline
function move(from: usize, to: usize, count: i32, wide: bool): usize {
  return wide ? widen(from, to, count) : copy(from, to, count);
}

/** Copies a multiple of 4 bytes. @returns the end of what was written */
// @ts-ignore: decorator
@inline
function copy(from: usize, to: usize, count: i32): usize {
  const end = to + <usize>count;
  while (to + 8 <= end) {
    store<u64>(to, load<u64>(from));
    from += 8;
    to += 8;
  }
  // The image's pixels: the only ones narrower than 8 bytes.
  if (to < end) store<u32>(to, load<u32>(from));
  return end;
}

/** Widens a multiple of 4 bytes, u8 to i16. @returns the end of what was written */
// @ts-ignore: decorator
@inline
function widen(from: usize, to: usize, count: i32): usize {
  const end = from + <usize>count;
  while (from + 8 <= end) {
    v128.store(to, v128.load8x8_u(from));
    from += 8;
    to += 16;
  }
  // The image's pixels: the only ones narrower than 8 bytes.
  if (from < end) {
    v128.store64_lane(to, i16x8.extend_low_i8x16_u(v128.load32_zero(from)), 0);
    to += 8;
  }
  return to;
}

/** Whether the rows of the product are the input's pixels as they lie in memory. */
// @ts-ignore: decorator
@inline
function isPointwise(args: LayerArgs): bool {
  return args.kernelHeight * args.kernelWidth * args.stride == 1;
}
