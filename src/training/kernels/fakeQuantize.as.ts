import { addLanes, clamped, loadLanes, storeLanes } from './lanes.as';

// Terms of a step's gradient that are added in f32 before they join the f64 total.
const blockBytes: usize = 4096 * 4;

/** y = clamp(roundTiesToEven(x * (1 / step)), min, max) * step, one step for all (numeric contract, rule 5). */
export function fakeQuantizeWhole(
  x: usize, step: usize, y: usize, count: i32, lowest: f32, highest: f32,
): void {
  const s = v128.load_splat<f32>(step);
  const inverse = f32x4.div(f32x4.splat(1), s);
  const low = f32x4.splat(lowest), high = f32x4.splat(highest);
  const vectorEnd = x + (<usize>(count & ~3) << 2);
  for (; x < vectorEnd; x += 16) {
    v128.store(y, f32x4.mul(quantized(v128.load(x), inverse, low, high), s));
    y += 16;
  }
  const lanes = count & 3;
  if (lanes != 0) storeLanes(y, f32x4.mul(quantized(loadLanes(x, lanes), inverse, low, high), s), lanes);
}

/** The gradient of `fakeQuantizeWhole`; see `gradientTerm`. */
export function fakeQuantizeWholeGradient(
  x: usize,
  step: usize,
  dy: usize,
  dx: usize,
  dStep: usize,
  count: i32,
  lowest: f32,
  highest: f32,
  gradScale: f32,
): void {
  const inverse = f32x4.div(f32x4.splat(1), v128.load_splat<f32>(step));
  const low = f32x4.splat(lowest), high = f32x4.splat(highest);
  const vectorEnd = x + (<usize>(count & ~3) << 2);
  let total: f64 = 0;
  while (x < vectorEnd) {
    const blockEnd = min(x + blockBytes, vectorEnd);
    let sum = f32x4.splat(0);
    for (; x < blockEnd; x += 16) {
      const scaled = f32x4.mul(v128.load(x), inverse);
      const inside = within(scaled, low, high);
      const gradient = v128.load(dy);
      v128.store(dx, v128.and(gradient, inside));
      sum = f32x4.add(sum, f32x4.mul(gradient, gradientTerm(scaled, inside, low, high)));
      dy += 16;
      dx += 16;
    }
    total += sumOfLanes(sum);
  }
  const lanes = count & 3;
  if (lanes != 0) {
    const scaled = f32x4.mul(loadLanes(x, lanes), inverse);
    const inside = within(scaled, low, high);
    // Lanes past the end hold zeros, so that they add nothing.
    const gradient = loadLanes(dy, lanes);
    storeLanes(dx, v128.and(gradient, inside), lanes);
    total += sumOfLanes(f32x4.mul(gradient, gradientTerm(scaled, inside, low, high)));
  }
  store<f32>(dStep, <f32>(total * <f64>gradScale));
}

/** As `fakeQuantizeWhole`, of x[row][channel] with a step for each channel. Scratch: 4 bytes a channel. */
export function fakeQuantizeByChannel(
  x: usize, steps: usize, y: usize, rows: i32, channels: i32, lowest: f32, highest: f32, scratch: usize,
): void {
  const rowBytes = <usize>channels << 2;
  const low = f32x4.splat(lowest), high = f32x4.splat(highest);
  const vectorBytes = rowBytes & ~15;
  const lanes = channels & 3;
  writeInverses(steps, scratch, channels);
  for (const end = x + <usize>rows * rowBytes; x < end; x += rowBytes) {
    let at: usize = 0;
    for (; at < vectorBytes; at += 16) {
      const q = quantized(v128.load(x + at), v128.load(scratch + at), low, high);
      v128.store(y + at, f32x4.mul(q, v128.load(steps + at)));
    }
    if (lanes != 0) {
      const q = quantized(loadLanes(x + at, lanes), loadLanes(scratch + at, lanes), low, high);
      storeLanes(y + at, f32x4.mul(q, loadLanes(steps + at, lanes)), lanes);
    }
    y += rowBytes;
  }
}

/** The gradient of `fakeQuantizeByChannel`; see `gradientTerm`. Scratch: 4 bytes a channel. */
export function fakeQuantizeByChannelGradient(
  x: usize,
  steps: usize,
  dy: usize,
  dx: usize,
  dSteps: usize,
  rows: i32,
  channels: i32,
  lowest: f32,
  highest: f32,
  gradScale: f32,
  scratch: usize,
): void {
  const rowBytes = <usize>channels << 2;
  const low = f32x4.splat(lowest), high = f32x4.splat(highest);
  const vectorBytes = rowBytes & ~15;
  const lanes = channels & 3;
  writeInverses(steps, scratch, channels);
  memory.fill(dSteps, 0, rowBytes);
  for (const end = x + <usize>rows * rowBytes; x < end; x += rowBytes) {
    let at: usize = 0;
    for (; at < vectorBytes; at += 16) {
      quadGradient(x + at, scratch + at, dy + at, dx + at, dSteps + at, low, high, 4);
    }
    if (lanes != 0) quadGradient(x + at, scratch + at, dy + at, dx + at, dSteps + at, low, high, lanes);
    dy += rowBytes;
    dx += rowBytes;
  }
  for (let at: usize = 0; at < rowBytes; at += 4) {
    store<f32>(dSteps + at, load<f32>(dSteps + at) * gradScale);
  }
}

// @ts-ignore: decorator
@inline
function quadGradient(
  x: usize, inverses: usize, dy: usize, dx: usize, dSteps: usize, low: v128, high: v128, lanes: i32,
): void {
  const scaled = f32x4.mul(loadLanes(x, lanes), loadLanes(inverses, lanes));
  const inside = within(scaled, low, high);
  const gradient = loadLanes(dy, lanes);
  storeLanes(dx, v128.and(gradient, inside), lanes);
  addLanes(dSteps, f32x4.mul(gradient, gradientTerm(scaled, inside, low, high)), lanes);
}

function writeInverses(steps: usize, to: usize, channels: i32): void {
  for (const end = steps + (<usize>channels << 2); steps < end; steps += 4) {
    store<f32>(to, <f32>1 / load<f32>(steps));
    to += 4;
  }
}

/** The bounds are whole numbers, so that clamping first gives the same. */
// @ts-ignore: decorator
@inline
function quantized(x: v128, inverse: v128, low: v128, high: v128): v128 {
  return f32x4.nearest(clamped(f32x4.mul(x, inverse), low, high));
}

// @ts-ignore: decorator
@inline
function within(scaled: v128, low: v128, high: v128): v128 {
  return v128.and(f32x4.gt(scaled, low), f32x4.lt(scaled, high));
}

/**
 * The derivative of y by the step (LSQ, Esser et al., ICLR 2020, equation 3): round(x / s) - x / s strictly
 * between the bounds, and the bound itself elsewhere. That of y by x (equation 5): 1 there, 0 elsewhere.
 */
// @ts-ignore: decorator
@inline
function gradientTerm(scaled: v128, inside: v128, low: v128, high: v128): v128 {
  const rounded = f32x4.nearest(clamped(scaled, low, high));
  return f32x4.sub(rounded, v128.and(scaled, inside));
}

// @ts-ignore: decorator
@inline
function sumOfLanes(values: v128): f64 {
  return (
    <f64>f32x4.extract_lane(values, 0) + <f64>f32x4.extract_lane(values, 1) +
    (<f64>f32x4.extract_lane(values, 2) + <f64>f32x4.extract_lane(values, 3))
  );
}
