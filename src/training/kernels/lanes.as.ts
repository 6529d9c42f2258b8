// Vectors at the end of a row of channels, where fewer than 4 floats are left. Called with the constant 4,
// these are plain vector accesses.

// @ts-ignore: decorator
@inline
export function loadLanes(from: usize, lanes: i32): v128 {
  if (lanes == 4) return v128.load(from);
  if (lanes == 3) return v128.load_lane<f32>(from, v128.load64_zero(from), 2, 8);
  if (lanes == 2) return v128.load64_zero(from);
  return v128.load32_zero(from);
}

// @ts-ignore: decorator
@inline
export function storeLanes(to: usize, values: v128, lanes: i32): void {
  if (lanes == 4) {
    v128.store(to, values);
    return;
  }
  if (lanes == 1) {
    v128.store_lane<f32>(to, values, 0);
    return;
  }
  v128.store_lane<i64>(to, values, 0);
  if (lanes == 3) v128.store_lane<f32>(to, values, 2, 8);
}

/** to += values. */
// @ts-ignore: decorator
@inline
export function addLanes(to: usize, values: v128, lanes: i32): void {
  storeLanes(to, f32x4.add(loadLanes(to, lanes), values), lanes);
}

/** NaN stays NaN. The pseudo-minimum and -maximum are one instruction each, the IEEE ones many on x86. */
// @ts-ignore: decorator
@inline
export function clamped(value: v128, low: v128, high: v128): v128 {
  return f32x4.pmin(f32x4.pmax(value, low), high);
}
