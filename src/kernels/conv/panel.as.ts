import { LayerArgs } from '../layerArgs.as';

// A convolution is a matrix product whose left side holds, for each output position, the input pixels
// under the kernel, tap after tap. Strips of its rows are gathered in scratch memory, small enough to stay
// in the first-level cache.

/** Address of the input pixel under one tap, or of the padding pixel. */
// @ts-ignore: decorator
@inline
export function pixelAt(args: LayerArgs, y: i32, x: i32): usize {
  // One unsigned comparison checks both ends.
  if (<u32>y >= <u32>args.inHeight || <u32>x >= <u32>args.inWidth) return args.padPixel;
  return args.input + <usize>((y * args.inWidth + x) * args.inStride);
}

/** Gathers `rows` rows from `first` on as bytes. */
export function gatherBytes(args: LayerArgs, first: i32, rows: i32): void {
  let to = args.scratch;
  const stride = args.inStride;
  for (let row = first; row < first + rows; row++) {
    const top = (row / args.outWidth) * args.stride - args.padTop;
    const left = (row % args.outWidth) * args.stride - args.padLeft;
    for (let ky = 0; ky < args.kernelHeight; ky++) {
      for (let kx = 0; kx < args.kernelWidth; kx++) {
        const from = pixelAt(args, top + ky, left + kx);
        for (let i = 0; i < stride; i += 4) store<u32>(to + i, load<u32>(from + i));
        to += stride;
      }
    }
  }
}

/** Gathers `rows` rows from `first` on, each byte widened to i16. */
export function gatherWords(args: LayerArgs, first: i32, rows: i32): void {
  let to = args.scratch;
  const stride = args.inStride;
  for (let row = first; row < first + rows; row++) {
    const top = (row / args.outWidth) * args.stride - args.padTop;
    const left = (row % args.outWidth) * args.stride - args.padLeft;
    for (let ky = 0; ky < args.kernelHeight; ky++) {
      for (let kx = 0; kx < args.kernelWidth; kx++) {
        to = widen(pixelAt(args, top + ky, left + kx), to, stride);
      }
    }
  }
}

/** Widens u8 to i16. @returns the end of what was written */
// @ts-ignore: decorator
@inline
export function widen(from: usize, to: usize, count: i32): usize {
  if (count == 4) {
    // The image's pixels: the only ones narrower than 8 bytes.
    v128.store64_lane(to, i16x8.extend_low_i8x16_u(v128.load32_zero(from)), 0);
    return to + 8;
  }
  const end = from + <usize>count;
  while (from < end) {
    v128.store(to, v128.load8x8_u(from));
    from += 8;
    to += 16;
  }
  return to;
}

/** Whether the rows of the product are the input's pixels as they lie in memory. */
// @ts-ignore: decorator
@inline
export function isPointwise(args: LayerArgs): bool {
  return args.kernelHeight * args.kernelWidth * args.stride == 1;
}
