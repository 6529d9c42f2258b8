import { pixelAt } from '../conv/panel.as';
import { finish8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/**
 * Depthwise convolution, two taps a `dot_i16x8`, 16 channels at a time and 8 at the end. Weights: i8, per 8
 * channels [pair of taps][8 channels][2 taps]; an odd kernel's last pair has a zero.
 */
export function depthwise(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  _firstChannel: i32,
  _endChannel: i32,
  scratch: usize,
): void {
  if (args.narrowsBySaturation) convolve(args, firstRow, endRow, scratch, true);
  else convolve(args, firstRow, endRow, scratch, false);
}

// @ts-ignore: decorator
@inline
function convolve(
  args: LayerArgs,
  firstRow: i32,
  endRow: i32,
  scratch: usize,
  integerOnly: bool,
): void {
  const taps = args.kernelHeight * args.kernelWidth;
  const groupBytes = <usize>((taps + 1) >> 1) << 4;
  const pairsEnd = scratch + (groupBytes >> 1);
  const channels = <usize>args.outStride;
  // A tap that fills up the last pair has zero weights; it must only be readable.
  store<u32>(scratch + <usize>(taps << 2), args.padPixel);
  let at = <usize>(firstRow * args.outWidth) * channels;
  for (let y = firstRow; y < endRow; y++) {
    const top = y * args.stride - args.padTop;
    for (let x = 0; x < args.outWidth; x++) {
      gatherTaps(args, top, x * args.stride - args.padLeft, scratch);
      let weights = args.weights;
      let channel: usize = 0;
      for (; channel + 16 <= channels; channel += 16) {
        const accInit = args.accInit + (channel << 2);
        let c0 = v128.load(accInit), c1 = v128.load(accInit, 16);
        let c2 = v128.load(accInit, 32), c3 = v128.load(accInit, 48);
        let w = weights;
        for (let pair = scratch; pair < pairsEnd; pair += 8) {
          const first = v128.load(load<u32>(pair) + channel);
          const second = v128.load(load<u32>(pair, 4) + channel);
          const low = interleaveLow(first, second);
          const high = i8x16.shuffle(
            first, second,
            8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30, 15, 31,
          );
          c0 = dotLow(c0, low, w);
          c1 = dotHigh(c1, low, w + 8);
          c2 = dotLow(c2, high, w + groupBytes);
          c3 = dotHigh(c3, high, w + groupBytes + 8);
          w += 16;
        }
        finish8(args, c0, c1, channel, at + channel, integerOnly);
        finish8(args, c2, c3, channel + 8, at + channel + 8, integerOnly);
        weights += groupBytes << 1;
      }
      if (channel < channels) {
        const accInit = args.accInit + (channel << 2);
        let c0 = v128.load(accInit), c1 = v128.load(accInit, 16);
        for (let pair = scratch; pair < pairsEnd; pair += 8) {
          const low = interleaveLow(
            v128.load64_zero(load<u32>(pair) + channel),
            v128.load64_zero(load<u32>(pair, 4) + channel),
          );
          c0 = dotLow(c0, low, weights);
          c1 = dotHigh(c1, low, weights + 8);
          weights += 16;
        }
        finish8(args, c0, c1, channel, at + channel, integerOnly);
      }
      at += channels;
    }
  }
}

// @ts-ignore: decorator
@inline
function interleaveLow(first: v128, second: v128): v128 {
  return i8x16.shuffle(
    first, second,
    0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
  );
}

// @ts-ignore: decorator
@inline
function dotLow(sum: v128, taps: v128, weights: usize): v128 {
  return i32x4.add(
    sum,
    i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(taps), v128.load8x8_s(weights)),
  );
}

// @ts-ignore: decorator
@inline
function dotHigh(sum: v128, taps: v128, weights: usize): v128 {
  return i32x4.add(
    sum,
    i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(taps), v128.load8x8_s(weights)),
  );
}

/** Writes the addresses of the pixels under the kernel to scratch. */
// @ts-ignore: decorator
@inline
function gatherTaps(args: LayerArgs, top: i32, left: i32, scratch: usize): void {
  let to = scratch;
  for (let ky = 0; ky < args.kernelHeight; ky++) {
    for (let kx = 0; kx < args.kernelWidth; kx++) {
      store<u32>(to, pixelAt(args, top + ky, left + kx));
      to += 4;
    }
  }
}
