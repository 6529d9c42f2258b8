import { addLanes, clamped, loadLanes, storeLanes } from './lanes.as';
import { blockRows } from './rowBlocks.as';

/**
 * y = clamp((x - mean) * inverseStd * gamma + beta) over x[row][channel], with the batch's own mean and
 * biased variance: inverseStd = 1 / sqrt(variance + epsilon). Writes y, mean and inverseStd.
 *
 * Scratch: 4 bytes a channel.
 */
export function normalize(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  mean: usize,
  inverseStd: usize,
  rows: i32,
  channels: i32,
  epsilon: f32,
  clampMin: f32,
  clampMax: f32,
  scratch: usize,
): void {
  const rowBytes = <usize>channels << 2;
  // Until the end it holds the sum of squared deviations.
  const squares = inverseStd;
  memory.fill(mean, 0, rowBytes);
  memory.fill(squares, 0, rowBytes);
  for (let first = 0; first < rows; first += blockRows) {
    const block = x + <usize>first * rowBytes;
    addMoments(block, mean, squares, channels, first, min(blockRows, rows - first));
  }
  const scale = scratch;
  for (let at: usize = 0; at < rowBytes; at += 4) {
    const variance = load<f32>(squares + at) / <f32>rows;
    const inverse = <f32>1 / sqrt<f32>(variance + epsilon);
    store<f32>(inverseStd + at, inverse);
    store<f32>(scale + at, inverse * load<f32>(gamma + at));
  }
  const low = f32x4.splat(clampMin), high = f32x4.splat(clampMax);
  const vectorBytes = rowBytes & ~15;
  const lanes = channels & 3;
  for (const end = x + <usize>rows * rowBytes; x < end; x += rowBytes) {
    for (let at: usize = 0; at < vectorBytes; at += 16) {
      normalizeQuad(x + at, y + at, mean + at, scale + at, beta + at, low, high, 4);
    }
    if (lanes != 0) {
      const at = vectorBytes;
      normalizeQuad(x + at, y + at, mean + at, scale + at, beta + at, low, high, lanes);
    }
    y += rowBytes;
  }
}

// @ts-ignore: decorator
@inline
function normalizeQuad(
  x: usize, y: usize, mean: usize, scale: usize, beta: usize, low: v128, high: v128, lanes: i32,
): void {
  const deviation = f32x4.sub(loadLanes(x, lanes), loadLanes(mean, lanes));
  const value = f32x4.add(f32x4.mul(deviation, loadLanes(scale, lanes)), loadLanes(beta, lanes));
  storeLanes(y, clamped(value, low, high), lanes);
}

/** Merges a block's mean and squared deviations with those of the `seen` rows before it. */
function addMoments(
  block: usize,
  mean: usize,
  squares: usize,
  channels: i32,
  seen: i32,
  count: i32,
): void {
  const rowBytes = <usize>channels << 2;
  const end = block + <usize>count * rowBytes;
  const inverseCount = f32x4.splat(<f32>1 / <f32>count);
  let at: usize = 0;
  for (; at + 64 <= rowBytes; at += 64) {
    let m0 = f32x4.splat(0), m1 = f32x4.splat(0), m2 = f32x4.splat(0), m3 = f32x4.splat(0);
    for (let row = block + at; row < end; row += rowBytes) {
      m0 = f32x4.add(m0, v128.load(row));
      m1 = f32x4.add(m1, v128.load(row, 16));
      m2 = f32x4.add(m2, v128.load(row, 32));
      m3 = f32x4.add(m3, v128.load(row, 48));
    }
    m0 = f32x4.mul(m0, inverseCount);
    m1 = f32x4.mul(m1, inverseCount);
    m2 = f32x4.mul(m2, inverseCount);
    m3 = f32x4.mul(m3, inverseCount);
    let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0);
    for (let row = block + at; row < end; row += rowBytes) {
      s0 = addSquare(s0, f32x4.sub(v128.load(row), m0));
      s1 = addSquare(s1, f32x4.sub(v128.load(row, 16), m1));
      s2 = addSquare(s2, f32x4.sub(v128.load(row, 32), m2));
      s3 = addSquare(s3, f32x4.sub(v128.load(row, 48), m3));
    }
    mergeQuad(mean + at, squares + at, m0, s0, seen, count, 4);
    mergeQuad(mean + at + 16, squares + at + 16, m1, s1, seen, count, 4);
    mergeQuad(mean + at + 32, squares + at + 32, m2, s2, seen, count, 4);
    mergeQuad(mean + at + 48, squares + at + 48, m3, s3, seen, count, 4);
  }
  for (; at + 16 <= rowBytes; at += 16) {
    addQuadMoments(block + at, end, rowBytes, mean + at, squares + at, inverseCount, seen, count, 4);
  }
  if (at < rowBytes) {
    const lanes = channels & 3;
    addQuadMoments(block + at, end, rowBytes, mean + at, squares + at, inverseCount, seen, count, lanes);
  }
}

// @ts-ignore: decorator
@inline
function addSquare(sum: v128, deviation: v128): v128 {
  return f32x4.add(sum, f32x4.mul(deviation, deviation));
}

// @ts-ignore: decorator
@inline
function addQuadMoments(
  first: usize,
  end: usize,
  rowBytes: usize,
  mean: usize,
  squares: usize,
  inverseCount: v128,
  seen: i32,
  count: i32,
  lanes: i32,
): void {
  let sum = f32x4.splat(0);
  for (let row = first; row < end; row += rowBytes) sum = f32x4.add(sum, loadLanes(row, lanes));
  const blockMean = f32x4.mul(sum, inverseCount);
  let blockSquares = f32x4.splat(0);
  for (let row = first; row < end; row += rowBytes) {
    blockSquares = addSquare(blockSquares, f32x4.sub(loadLanes(row, lanes), blockMean));
  }
  mergeQuad(mean, squares, blockMean, blockSquares, seen, count, lanes);
}

/** Chan, Golub, LeVeque, "Updating formulae and a pairwise algorithm for computing sample variances" (1979). */
// @ts-ignore: decorator
@inline
function mergeQuad(
  mean: usize,
  squares: usize,
  blockMean: v128,
  blockSquares: v128,
  seen: i32,
  count: i32,
  lanes: i32,
): void {
  const share = <f32>count / <f32>(seen + count);
  const delta = f32x4.sub(blockMean, loadLanes(mean, lanes));
  addLanes(mean, f32x4.mul(delta, f32x4.splat(share)), lanes);
  const between = f32x4.mul(f32x4.mul(delta, delta), f32x4.splat(<f32>seen * share));
  addLanes(squares, f32x4.add(blockSquares, between), lanes);
}
