import { finish8 } from '../epilogue/epilogue.as';
import { LayerArgs } from '../layerArgs.as';

/** Sums 8 channels at a time over all positions. */
export function averagePool(
  args: LayerArgs,
  _firstRow: i32,
  _endRow: i32,
  firstChannel: i32,
  endChannel: i32,
): void {
  const channels = <usize>args.inStride;
  const end = args.input + <usize>(args.inHeight * args.inWidth) * channels;
  for (let c = <usize>firstChannel; c < <usize>endChannel; c += 8) {
    let low = v128.load(args.accInit + (c << 2));
    let high = v128.load(args.accInit + (c << 2), 16);
    for (let pixel = args.input + c; pixel < end; pixel += channels) {
      const values = v128.load8x8_u(pixel);
      low = i32x4.add(low, i32x4.extend_low_i16x8_u(values));
      high = i32x4.add(high, i32x4.extend_high_i16x8_u(values));
    }
    finish8(args, low, high, c, c, false);
  }
}
