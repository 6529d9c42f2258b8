// Both passes take two taps at a time: a pair of pixels is interleaved byte by byte, widened to i16 and
// multiplied with its pair of weights by one `dot_i16x8`. Filters here have an even number of taps.

const weightBits: i32 = 14;
const half: i32 = 1 << (weightBits - 1);

/** What a pass is called with; `filterArgs.ts` has the same fields in the same order. */
@unmanaged
class FilterArgs {
  from: usize;
  to: usize;
  /** Bytes from one source row to the next, where rows are filtered. */
  rowBytes: i32;
  /** Pixels of an output row. */
  side: i32;
  /** i32 per output pixel, the byte offset of its first source pixel in a row; or per output row, its first source row. */
  first: usize;
  /** i16, [side][taps] */
  weights: usize;
  taps: i32;
}

/** Filters rows of RGBA pixels: [rows][width] to [rows][side], 4 bytes a pixel. */
export function filterRows(args: FilterArgs, firstRow: i32, endRow: i32): void {
  const side = args.side, first = args.first, taps = args.taps;
  let from = args.from + <usize>(firstRow * args.rowBytes);
  let to = args.to + (<usize>(firstRow * side) << 2);
  for (let row = firstRow; row < endRow; row++) {
    let weight = args.weights;
    for (let x = 0; x < side; x++) {
      let pixel = from + load<i32>(first + (<usize>x << 2));
      let sum = i32x4.splat(half);
      for (let tap = 0; tap < taps; tap += 2) {
        const pair = v128.load64_zero(pixel);
        const interleaved = i8x16.shuffle(
          pair, pair, 0, 4, 1, 5, 2, 6, 3, 7, 0, 0, 0, 0, 0, 0, 0, 0,
        );
        sum = i32x4.add(
          sum,
          i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(interleaved), v128.load32_splat(weight)),
        );
        pixel += 8;
        weight += 4;
      }
      const words = i16x8.narrow_i32x4_s(i32x4.shr_s(sum, weightBits), sum);
      v128.store32_lane(to, i8x16.narrow_i16x8_u(words, words), 0);
      to += 4;
    }
    from += args.rowBytes;
  }
}

/**
 * Filters columns: [rows][side] to [side][side], 4 bytes a pixel. Works on two pixels at a time: with an odd
 * `side` it reads one pixel past its end.
 */
export function filterColumns(args: FilterArgs, firstRow: i32, endRow: i32): void {
  const from = args.from, taps = args.taps;
  const rowBytes = <usize>args.side << 2;
  let to = args.to + <usize>firstRow * rowBytes;
  let weights = args.weights + (<usize>(firstRow * taps) << 1);
  for (let y = firstRow; y < endRow; y++) {
    const top = from + <usize>load<i32>(args.first + (<usize>y << 2)) * rowBytes;
    for (let x: usize = 0; x < rowBytes; x += 8) {
      let source = top + x;
      let weight = weights;
      let low = i32x4.splat(half);
      let high = low;
      for (let tap = 0; tap < taps; tap += 2) {
        const interleaved = i8x16.shuffle(
          v128.load64_zero(source),
          v128.load64_zero(source + rowBytes),
          0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
        );
        const pairWeights = v128.load32_splat(weight);
        low = i32x4.add(
          low,
          i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(interleaved), pairWeights),
        );
        high = i32x4.add(
          high,
          i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(interleaved), pairWeights),
        );
        source += rowBytes << 1;
        weight += 4;
      }
      const words = i16x8.narrow_i32x4_s(
        i32x4.shr_s(low, weightBits),
        i32x4.shr_s(high, weightBits),
      );
      const pixels = i8x16.narrow_i16x8_u(words, words);
      // The next row may be another thread's.
      if (x + 8 <= rowBytes) v128.store64_lane(to + x, pixels, 0);
      else v128.store32_lane(to + x, pixels, 0);
    }
    to += rowBytes;
    weights += <usize>taps << 1;
  }
}
