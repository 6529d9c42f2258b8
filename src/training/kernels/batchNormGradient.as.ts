import { addLanes, loadLanes, storeLanes } from './lanes.as';
import { blockRows } from './rowBlocks.as';

/**
 * The gradient of `normalize`. With g = dy where the clamp let y through, else 0, and
 * z = (x - mean) * inverseStd: dBeta = sum(g), dGamma = sum(g * z),
 * dx = gamma * inverseStd * (g - (dBeta + z * dGamma) / rows). y is computed again, not kept.
 *
 * Scratch: 12 bytes a channel.
 */
export function normalizeGradient(
  x: usize,
  dy: usize,
  mean: usize,
  inverseStd: usize,
  gamma: usize,
  beta: usize,
  dx: usize,
  dGamma: usize,
  dBeta: usize,
  rows: i32,
  channels: i32,
  clampMin: f32,
  clampMax: f32,
  scratch: usize,
): void {
  const rowBytes = <usize>channels << 2;
  const scale = scratch;
  const constantShare = scale + rowBytes;
  const slope = constantShare + rowBytes;
  const low = f32x4.splat(clampMin), high = f32x4.splat(clampMax);
  memory.fill(dGamma, 0, rowBytes);
  memory.fill(dBeta, 0, rowBytes);
  for (let at: usize = 0; at < rowBytes; at += 4) {
    store<f32>(scale + at, load<f32>(inverseStd + at) * load<f32>(gamma + at));
  }
  const vectorBytes = rowBytes & ~15;
  const lanes = channels & 3;
  for (let first = 0; first < rows; first += blockRows) {
    const offset = <usize>first * rowBytes;
    const count = min(blockRows, rows - first);
    let at: usize = 0;
    for (; at + 32 <= vectorBytes; at += 32) {
      addSums8(
        x + offset + at, dy + offset + at, mean + at, scale + at, beta + at, dGamma + at, dBeta + at,
        rowBytes, count, low, high,
      );
    }
    if (at < vectorBytes) {
      addSums(
        x + offset + at, dy + offset + at, mean + at, scale + at, beta + at, dGamma + at, dBeta + at,
        rowBytes, count, low, high, 4,
      );
      at += 16;
    }
    if (lanes == 0) continue;
    addSums(
      x + offset + at, dy + offset + at, mean + at, scale + at, beta + at, dGamma + at, dBeta + at,
      rowBytes, count, low, high, lanes,
    );
  }
  for (let at: usize = 0; at < rowBytes; at += 4) {
    const inverse = load<f32>(inverseStd + at);
    const gammaGradient = load<f32>(dGamma + at) * inverse;
    store<f32>(dGamma + at, gammaGradient);
    const scaleShare = load<f32>(scale + at) / <f32>rows;
    store<f32>(constantShare + at, scaleShare * load<f32>(dBeta + at));
    store<f32>(slope + at, scaleShare * inverse * gammaGradient);
  }
  for (const end = x + <usize>rows * rowBytes; x < end; x += rowBytes) {
    for (let at: usize = 0; at < vectorBytes; at += 16) {
      inputGradient(
        x + at, dy + at, dx + at, mean + at, scale + at, beta + at, constantShare + at, slope + at,
        low, high, 4,
      );
    }
    if (lanes != 0) {
      const at = vectorBytes;
      inputGradient(
        x + at, dy + at, dx + at, mean + at, scale + at, beta + at, constantShare + at, slope + at,
        low, high, lanes,
      );
    }
    dy += rowBytes;
    dx += rowBytes;
  }
}

/** As `addSums`, for 8 channels: two independent sums keep the adders busy. */
// @ts-ignore: decorator
@inline
function addSums8(
  x: usize,
  dy: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  dGamma: usize,
  dBeta: usize,
  rowBytes: usize,
  count: i32,
  low: v128,
  high: v128,
): void {
  const center0 = v128.load(mean), factor0 = v128.load(scale), shift0 = v128.load(beta);
  const center1 = v128.load(mean, 16), factor1 = v128.load(scale, 16), shift1 = v128.load(beta, 16);
  let sum0 = f32x4.splat(0), weighted0 = f32x4.splat(0);
  let sum1 = f32x4.splat(0), weighted1 = f32x4.splat(0);
  for (let i = 0; i < count; i++) {
    const deviation0 = f32x4.sub(v128.load(x), center0);
    const g0 = passed(v128.load(dy), deviation0, factor0, shift0, low, high);
    sum0 = f32x4.add(sum0, g0);
    weighted0 = f32x4.add(weighted0, f32x4.mul(g0, deviation0));
    const deviation1 = f32x4.sub(v128.load(x, 16), center1);
    const g1 = passed(v128.load(dy, 16), deviation1, factor1, shift1, low, high);
    sum1 = f32x4.add(sum1, g1);
    weighted1 = f32x4.add(weighted1, f32x4.mul(g1, deviation1));
    x += rowBytes;
    dy += rowBytes;
  }
  addLanes(dBeta, sum0, 4);
  addLanes(dBeta + 16, sum1, 4);
  addLanes(dGamma, weighted0, 4);
  addLanes(dGamma + 16, weighted1, 4);
}

/** dBeta += sum(g), dGamma += sum(g * (x - mean)). */
// @ts-ignore: decorator
@inline
function addSums(
  x: usize,
  dy: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  dGamma: usize,
  dBeta: usize,
  rowBytes: usize,
  count: i32,
  low: v128,
  high: v128,
  lanes: i32,
): void {
  const center = loadLanes(mean, lanes), factor = loadLanes(scale, lanes), shift = loadLanes(beta, lanes);
  let sum = f32x4.splat(0), weighted = f32x4.splat(0);
  for (let i = 0; i < count; i++) {
    const deviation = f32x4.sub(loadLanes(x, lanes), center);
    const g = passed(loadLanes(dy, lanes), deviation, factor, shift, low, high);
    sum = f32x4.add(sum, g);
    weighted = f32x4.add(weighted, f32x4.mul(g, deviation));
    x += rowBytes;
    dy += rowBytes;
  }
  addLanes(dBeta, sum, lanes);
  addLanes(dGamma, weighted, lanes);
}

// @ts-ignore: decorator
@inline
function inputGradient(
  x: usize,
  dy: usize,
  dx: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  constantShare: usize,
  slope: usize,
  low: v128,
  high: v128,
  lanes: i32,
): void {
  const deviation = f32x4.sub(loadLanes(x, lanes), loadLanes(mean, lanes));
  const factor = loadLanes(scale, lanes);
  const g = passed(loadLanes(dy, lanes), deviation, factor, loadLanes(beta, lanes), low, high);
  const share = f32x4.add(loadLanes(constantShare, lanes), f32x4.mul(deviation, loadLanes(slope, lanes)));
  storeLanes(dx, f32x4.sub(f32x4.mul(factor, g), share), lanes);
}

/** dy where the clamp did not act, else 0. */
// @ts-ignore: decorator
@inline
function passed(dy: v128, deviation: v128, factor: v128, shift: v128, low: v128, high: v128): v128 {
  const value = f32x4.add(f32x4.mul(deviation, factor), shift);
  return v128.and(dy, v128.and(f32x4.gt(value, low), f32x4.lt(value, high)));
}
