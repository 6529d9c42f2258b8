import { LayerArgs } from '../layerArgs.as';

/** A field of the arguments in all four lanes: one instruction, where splatting a loaded value is two. */
// @ts-ignore: decorator
@inline
function splat(args: LayerArgs, offset: usize): v128 {
  return v128.load32_splat(changetype<usize>(args) + offset);
}

/** y = multiplier * acc + bias, for 4 channels from `channel` on. */
// @ts-ignore: decorator
@inline
function scale(args: LayerArgs, accumulators: v128, channel: usize): v128 {
  const offset = channel << 2;
  return f32x4.add(
    f32x4.mul(f32x4.convert_i32x4_s(accumulators), v128.load(args.multiplier + offset)),
    v128.load(args.bias + offset),
  );
}

/**
 * Finishes 8 channels of one output position: see contract.ts.
 * @param channel first of the 8 channels
 * @param at index of that channel's value in the outputs
 * @param integerOnly a constant: whether the integers are all there is to write. The clamp of the
 *   activation is then left to that of the quantizer, whose bounds it has narrowed: multiplying by a
 *   positive number and rounding keeps the order, so both ways give the same integers.
 */
// @ts-ignore: decorator
@inline
export function finish8(
  args: LayerArgs,
  low: v128,
  high: v128,
  channel: usize,
  at: usize,
  integerOnly: bool,
): void {
  let y0 = scale(args, low, channel);
  let y1 = scale(args, high, channel + 4);
  if (!integerOnly) {
    if (args.residual) {
      const residual = args.residual + (at << 2);
      y0 = f32x4.add(y0, v128.load(residual));
      y1 = f32x4.add(y1, v128.load(residual, 16));
    }
    const clampMin = splat(args, offsetof<LayerArgs>('clampMin'));
    const clampMax = splat(args, offsetof<LayerArgs>('clampMax'));
    y0 = f32x4.pmin(f32x4.pmax(y0, clampMin), clampMax);
    y1 = f32x4.pmin(f32x4.pmax(y1, clampMin), clampMax);
    if (args.floatOut) {
      const out = args.floatOut + (at << 2);
      v128.store(out, y0);
      v128.store(out, y1, 16);
    }
    if (!args.integerOut) return;
  }
  quantize8(args, y0, y1, at);
}

/** The bits of y * inverseStep, rounded, as `roundingShift` leaves them: see `quantize8`. */
// @ts-ignore: decorator
@inline
function rounded(args: LayerArgs, accumulators: v128, multiplier: v128, bias: v128): v128 {
  const y = f32x4.add(f32x4.mul(f32x4.convert_i32x4_s(accumulators), multiplier), bias);
  const steps = f32x4.mul(y, splat(args, offsetof<LayerArgs>('inverseStep')));
  const shifted = f32x4.add(steps, splat(args, offsetof<LayerArgs>('roundingShift')));
  return i32x4.add(shifted, splat(args, offsetof<LayerArgs>('shiftToStored')));
}

/** Bytes of 16 integers, clamped as `narrowsBySaturation` says. */
// @ts-ignore: decorator
@inline
function narrow(args: LayerArgs, q0: v128, q1: v128, q2: v128, q3: v128): v128 {
  const q = i8x16.narrow_i16x8_u(i16x8.narrow_i32x4_s(q0, q1), i16x8.narrow_i32x4_s(q2, q3));
  return i8x16.min_u(q, splat(args, offsetof<LayerArgs>('storedMax')));
}

/** 8 channels at four positions, where `narrowsBySaturation`. */
// @ts-ignore: decorator
@inline
function narrowTile(
  args: LayerArgs,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  channel: usize,
  at: usize,
): void {
  const multiplier = args.multiplier + (channel << 2);
  const bias = args.bias + (channel << 2);
  // One half after the other: there are not registers enough for both halves' factors.
  let m = v128.load(multiplier), b = v128.load(bias);
  c00 = rounded(args, c00, m, b);
  c10 = rounded(args, c10, m, b);
  c20 = rounded(args, c20, m, b);
  c30 = rounded(args, c30, m, b);
  m = v128.load(multiplier, 16);
  b = v128.load(bias, 16);
  c01 = rounded(args, c01, m, b);
  c11 = rounded(args, c11, m, b);
  c21 = rounded(args, c21, m, b);
  c31 = rounded(args, c31, m, b);
  // Before anything is stored, so that no field of the arguments is read again.
  const upper = narrow(args, c00, c01, c10, c11);
  const lower = narrow(args, c20, c21, c30, c31);
  const stride = <usize>args.outStride;
  const to = args.integerOut + at;
  v128.store64_lane(to, upper, 0);
  v128.store64_lane(to + stride, upper, 1);
  v128.store64_lane(to + 2 * stride, lower, 0);
  v128.store64_lane(to + 3 * stride, lower, 1);
}

/**
 * 4 channels at four positions, where `narrowsBySaturation`.
 * @param channel first of the 4 channels
 * @param to0 address of that channel's integer at the first position, and so on
 */
// @ts-ignore: decorator
@inline
export function narrowFour(
  args: LayerArgs,
  c0: v128,
  c1: v128,
  c2: v128,
  c3: v128,
  channel: usize,
  to0: usize,
  to1: usize,
  to2: usize,
  to3: usize,
): void {
  const m = v128.load(args.multiplier + (channel << 2));
  const b = v128.load(args.bias + (channel << 2));
  const q = narrow(
    args,
    rounded(args, c0, m, b),
    rounded(args, c1, m, b),
    rounded(args, c2, m, b),
    rounded(args, c3, m, b),
  );
  v128.store32_lane(to0, q, 0);
  v128.store32_lane(to1, q, 1);
  v128.store32_lane(to2, q, 2);
  v128.store32_lane(to3, q, 3);
}

/** Finishes a tile: 8 channels of up to 4 positions after one another, of which the first `rows` count. */
// @ts-ignore: decorator
@inline
export function finishTile(
  args: LayerArgs,
  c00: v128,
  c01: v128,
  c10: v128,
  c11: v128,
  c20: v128,
  c21: v128,
  c30: v128,
  c31: v128,
  channel: usize,
  at: usize,
  rows: i32,
  integerOnly: bool,
): void {
  const stride = <usize>args.outStride;
  if (integerOnly && rows > 3) {
    narrowTile(args, c00, c01, c10, c11, c20, c21, c30, c31, channel, at);
    return;
  }
  finish8(args, c00, c01, channel, at, integerOnly);
  if (rows > 1) finish8(args, c10, c11, channel, at + stride, integerOnly);
  if (rows > 2) finish8(args, c20, c21, channel, at + 2 * stride, integerOnly);
  if (rows > 3) finish8(args, c30, c31, channel, at + 3 * stride, integerOnly);
}

/**
 * q = clamp(round(y * inverseStep)) + zero point, for 8 values, as bytes.
 *
 * Adding `roundingShift`, 1.5 * 2^23, rounds to a whole number, ties to even, and leaves that number in the
 * low bits of the f32: two cheap instructions in place of nearest and a saturating conversion. Adding
 * `shiftToStored` to these bits, as an integer, takes the shift's own bits away and adds the zero point.
 */
// @ts-ignore: decorator
@inline
export function quantize8(args: LayerArgs, y0: v128, y1: v128, at: usize): void {
  const inverseStep = splat(args, offsetof<LayerArgs>('inverseStep'));
  const quantMin = splat(args, offsetof<LayerArgs>('quantMin'));
  const quantMax = splat(args, offsetof<LayerArgs>('quantMax'));
  const roundingShift = splat(args, offsetof<LayerArgs>('roundingShift'));
  const shiftToStored = splat(args, offsetof<LayerArgs>('shiftToStored'));
  y0 = f32x4.pmin(f32x4.pmax(f32x4.mul(y0, inverseStep), quantMin), quantMax);
  y1 = f32x4.pmin(f32x4.pmax(f32x4.mul(y1, inverseStep), quantMin), quantMax);
  const q0 = i32x4.add(f32x4.add(y0, roundingShift), shiftToStored);
  const q1 = i32x4.add(f32x4.add(y1, roundingShift), shiftToStored);
  const q = i16x8.narrow_i32x4_s(q0, q1);
  v128.store64_lane(args.integerOut + at, i8x16.narrow_i16x8_u(q, q), 0);
}
