import { addLanes, loadLanes, storeLanes } from './lanes.as';
import { blockRows } from './rowBlocks.as';

/**
 * The gradient of `normalize`. With g = dy where the clamp let y through, else 0, and
 * z = (x - mean) * inverseStd: dBeta = sum(g), dGamma = sum(g * z),
 * dx = gamma * inverseStd * (g - (dBeta + z * dGamma) / rows). y is computed again, not kept.
 *
 * Large tensors wait for memory, which is fastest read in order: row by row, with the sums in the cache.
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
  // Until the totals are known, these two hold a block's sums.
  const sums = constantShare, weightedSums = slope;
  for (let first = 0; first < rows; first += blockRows) {
    memory.fill(sums, 0, 2 * rowBytes);
    for (let row = first; row < min(first + blockRows, rows); row++) {
      const at = <usize>row * rowBytes;
      addRow(x + at, dy + at, mean, scale, beta, sums, weightedSums, channels, low, high);
    }
    for (let at: usize = 0; at < rowBytes; at += 4) {
      store<f32>(dBeta + at, load<f32>(dBeta + at) + load<f32>(sums + at));
      store<f32>(dGamma + at, load<f32>(dGamma + at) + load<f32>(weightedSums + at));
    }
  }
  for (let at: usize = 0; at < rowBytes; at += 4) {
    const inverse = load<f32>(inverseStd + at);
    const gammaGradient = load<f32>(dGamma + at) * inverse;
    store<f32>(dGamma + at, gammaGradient);
    const scaleShare = load<f32>(scale + at) / <f32>rows;
    store<f32>(constantShare + at, scaleShare * load<f32>(dBeta + at));
    store<f32>(slope + at, scaleShare * inverse * gammaGradient);
  }
  for (let row = 0; row < rows; row++) {
    const at = <usize>row * rowBytes;
    writeRow(x + at, dy + at, dx + at, mean, scale, beta, constantShare, slope, channels, low, high);
  }
}

/** sums += g, weightedSums += g * (x - mean). */
// @ts-ignore: decorator
@inline
function addRow(
  x: usize,
  dy: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  sums: usize,
  weightedSums: usize,
  channels: i32,
  low: v128,
  high: v128,
): void {
  const vectorBytes = (<usize>channels << 2) & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) {
    addQuad(
      x + at, dy + at, mean + at, scale + at, beta + at, sums + at, weightedSums + at, low, high, 4,
    );
  }
  const lanes = channels & 3;
  if (lanes == 0) return;
  addQuad(
    x + at, dy + at, mean + at, scale + at, beta + at, sums + at, weightedSums + at, low, high, lanes,
  );
}

// @ts-ignore: decorator
@inline
function addQuad(
  x: usize,
  dy: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  sums: usize,
  weightedSums: usize,
  low: v128,
  high: v128,
  lanes: i32,
): void {
  const deviation = f32x4.sub(loadLanes(x, lanes), loadLanes(mean, lanes));
  const factor = loadLanes(scale, lanes);
  const g = passed(loadLanes(dy, lanes), deviation, factor, loadLanes(beta, lanes), low, high);
  addLanes(sums, g, lanes);
  addLanes(weightedSums, f32x4.mul(g, deviation), lanes);
}

// @ts-ignore: decorator
@inline
function writeRow(
  x: usize,
  dy: usize,
  dx: usize,
  mean: usize,
  scale: usize,
  beta: usize,
  constantShare: usize,
  slope: usize,
  channels: i32,
  low: v128,
  high: v128,
): void {
  const vectorBytes = (<usize>channels << 2) & ~15;
  let at: usize = 0;
  for (; at < vectorBytes; at += 16) {
    writeQuad(
      x + at, dy + at, dx + at, mean + at, scale + at, beta + at, constantShare + at, slope + at,
      low, high, 4,
    );
  }
  const lanes = channels & 3;
  if (lanes == 0) return;
  writeQuad(
    x + at, dy + at, dx + at, mean + at, scale + at, beta + at, constantShare + at, slope + at,
    low, high, lanes,
  );
}

// @ts-ignore: decorator
@inline
function writeQuad(
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
