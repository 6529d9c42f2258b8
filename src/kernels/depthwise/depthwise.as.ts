import { pixelAt } from '../conv/panel.as';
import { finish8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/**
 * Depthwise convolution, 8 channels at a time, two taps a `dot_i16x8`. Weights: i8, [8 channels][2 taps]
 * after one another; an odd kernel's last pair has a zero.
 */
export function depthwise(args: LayerArgs): void {
  const taps = args.kernelHeight * args.kernelWidth;
  const pairsEnd = args.scratch + <usize>(((taps + 1) >> 1) * 8);
  // A tap that fills up the last pair has zero weights; it must only be readable.
  store<u32>(args.scratch + <usize>(taps << 2), args.padPixel);
  let position = 0;
  for (let y = 0; y < args.outHeight; y++) {
    const top = y * args.stride - args.padTop;
    for (let x = 0; x < args.outWidth; x++, position++) {
      gatherTaps(args, top, x * args.stride - args.padLeft);
      let weights = args.weights;
      const at = <usize>(position * args.outStride);
      for (let channel: usize = 0; channel < <usize>args.outStride; channel += 8) {
        let low = v128.load(args.accInit + (channel << 2));
        let high = v128.load(args.accInit + (channel << 2), 16);
        for (let pair = args.scratch; pair < pairsEnd; pair += 8) {
          const interleaved = i8x16.shuffle(
            v128.load64_zero(load<u32>(pair) + channel),
            v128.load64_zero(load<u32>(pair, 4) + channel),
            0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23,
          );
          low = i32x4.add(
            low,
            i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_u(interleaved), v128.load8x8_s(weights)),
          );
          high = i32x4.add(
            high,
            i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_u(interleaved), v128.load8x8_s(weights, 8)),
          );
          weights += 16;
        }
        finish8(args, low, high, channel, at + channel);
      }
    }
  }
}

/** Writes the addresses of the pixels under the kernel to scratch. */
// @ts-ignore: decorator
@inline
function gatherTaps(args: LayerArgs, top: i32, left: i32): void {
  let to = args.scratch;
  for (let ky = 0; ky < args.kernelHeight; ky++) {
    for (let kx = 0; kx < args.kernelWidth; kx++) {
      store<u32>(to, pixelAt(args, top + ky, left + kx));
      to += 4;
    }
  }
}
