import { finish8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/**
 * The largest stored byte of 8 channels at a time, over the part of the kernel that lies inside the input.
 * Stored bytes have the order of the values they stand for; `accInit` takes the zero point away.
 */
export function maxPool(args: LayerArgs, firstRow: i32, endRow: i32): void {
  const channels = <usize>args.inStride;
  const rowBytes = <usize>args.inWidth * channels;
  let at = <usize>(firstRow * args.outWidth) * channels;
  for (let y = firstRow; y < endRow; y++) {
    const top = y * args.stride - args.padTop;
    const row = args.input + <usize>max(top, 0) * rowBytes;
    const endRow = args.input + <usize>min(top + args.kernelHeight, args.inHeight) * rowBytes;
    for (let x = 0; x < args.outWidth; x++) {
      const left = x * args.stride - args.padLeft;
      const from = <usize>max(left, 0) * channels;
      const to = <usize>min(left + args.kernelWidth, args.inWidth) * channels;
      for (let c: usize = 0; c < channels; c += 8) {
        let largest = i64x2.splat(0);
        for (let pixels = row; pixels < endRow; pixels += rowBytes) {
          for (let pixel = pixels + from; pixel < pixels + to; pixel += channels) {
            largest = i8x16.max_u(largest, v128.load64_zero(pixel + c));
          }
        }
        const wide = i16x8.extend_low_i8x16_u(largest);
        const accInit = args.accInit + (c << 2);
        finish8(
          args,
          i32x4.add(v128.load(accInit), i32x4.extend_low_i16x8_u(wide)),
          i32x4.add(v128.load(accInit, 16), i32x4.extend_high_i16x8_u(wide)),
          c,
          at + c,
          false,
        );
      }
      at += channels;
    }
  }
}
