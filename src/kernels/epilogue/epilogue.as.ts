import { LayerArgs } from '../layerArgs.as';

// 1.5 * 2^23: an f32 addition of it rounds to a whole number, ties to even, and leaves that number in the
// low bits of the result. Two cheap instructions in place of nearest and a saturating conversion.
const roundingShift: f32 = 12582912;
const roundingShiftBits: i32 = 0x4b400000;

/**
 * Finishes 8 channels of one output position: see contract.ts.
 * @param channel first of the 8 channels
 * @param at index of that channel's value in the outputs
 */
// @ts-ignore: decorator
@inline
export function finish8(args: LayerArgs, low: v128, high: v128, channel: usize, at: usize): void {
  const multiplier = args.multiplier + (channel << 2);
  const bias = args.bias + (channel << 2);
  let y0 = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(low), v128.load(multiplier)),
    v128.load(bias),
  );
  let y1 = f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(high), v128.load(multiplier, 16)),
    v128.load(bias, 16),
  );
  if (args.residual) {
    const residual = args.residual + (at << 2);
    y0 = f32x4.add(y0, v128.load(residual));
    y1 = f32x4.add(y1, v128.load(residual, 16));
  }
  const clampMin = f32x4.splat(args.clampMin);
  const clampMax = f32x4.splat(args.clampMax);
  y0 = f32x4.pmin(f32x4.pmax(y0, clampMin), clampMax);
  y1 = f32x4.pmin(f32x4.pmax(y1, clampMin), clampMax);
  if (args.floatOut) {
    const out = args.floatOut + (at << 2);
    v128.store(out, y0);
    v128.store(out, y1, 16);
  }
  if (args.integerOut) quantize8(args, y0, y1, at);
}

/** q = clamp(round(y * inverseStep)) + zero point, for 8 values, as bytes. */
// @ts-ignore: decorator
@inline
export function quantize8(args: LayerArgs, y0: v128, y1: v128, at: usize): void {
  const inverseStep = f32x4.splat(args.inverseStep);
  const quantMin = f32x4.splat(args.quantMin);
  const quantMax = f32x4.splat(args.quantMax);
  const shift = f32x4.splat(roundingShift);
  const toStored = i32x4.splat(args.outZeroPoint - roundingShiftBits);
  y0 = f32x4.pmin(f32x4.pmax(f32x4.mul(y0, inverseStep), quantMin), quantMax);
  y1 = f32x4.pmin(f32x4.pmax(f32x4.mul(y1, inverseStep), quantMin), quantMax);
  const q0 = i32x4.add(f32x4.add(y0, shift), toStored);
  const q1 = i32x4.add(f32x4.add(y1, shift), toStored);
  const q = i16x8.narrow_i32x4_s(q0, q1);
  v128.store64_lane(args.integerOut + at, i8x16.narrow_i16x8_u(q, q), 0);
}
