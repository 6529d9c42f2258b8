import { ConvGeometry } from './convGeometry.as';
import { loadLanes, storeLanes } from './lanes.as';
import { multiplyAdd } from './multiplyAdd.as';

/**
 * dInput[position][channel] = sum over taps of dy[position - tap][channel] * filter[tap][channel].
 *
 * Scratch: 8 bytes a tap, for the pairs (dy pixel, tap weights) that meet at a position; 4 bytes for each
 * kernel column of each input column.
 */
export function depthwiseInputGradient(
  geometry: ConvGeometry,
  dy: usize,
  filter: usize,
  dInput: usize,
  scratch: usize,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const columns = scratch + (<usize>(geometry.kernelHeight * geometry.kernelWidth) << 3);
  listColumns(geometry, columns);
  for (let image = 0; image < geometry.batch; image++) {
    const dyImage = dy + <usize>(image * geometry.outHeight * geometry.outWidth) * pixelBytes;
    for (let y = 0; y < geometry.inHeight; y++) {
      let column = columns;
      for (let x = 0; x < geometry.inWidth; x++) {
        const end = listPairs(geometry, dyImage, filter, y, column, scratch);
        sumPairs(scratch, end, dInput, geometry.inChannels);
        column += <usize>geometry.kernelWidth << 2;
        dInput += pixelBytes;
      }
    }
  }
}

/** For each input column and kernel column, the output column that they meet in, or -1. */
function listColumns(geometry: ConvGeometry, to: usize): void {
  for (let x = 0; x < geometry.inWidth; x++) {
    for (let kx = 0; kx < geometry.kernelWidth; kx++) {
      store<i32>(to, outputOf(x + geometry.padLeft - kx, geometry.strideWidth, geometry.outWidth));
      to += 4;
    }
  }
}

/** The output position that begins at a position of the padded input, or -1. */
// @ts-ignore: decorator
@inline
function outputOf(padded: i32, stride: i32, outSize: i32): i32 {
  if (padded < 0 || padded % stride != 0) return -1;
  const out = padded / stride;
  return out < outSize ? out : -1;
}

/** @returns the end of the list */
function listPairs(
  geometry: ConvGeometry,
  dyImage: usize,
  filter: usize,
  y: i32,
  column: usize,
  to: usize,
): usize {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const kernelWidth = geometry.kernelWidth;
  for (let ky = 0; ky < geometry.kernelHeight; ky++) {
    const outY = outputOf(y + geometry.padTop - ky, geometry.strideHeight, geometry.outHeight);
    if (outY < 0) continue;
    const dyRow = dyImage + <usize>(outY * geometry.outWidth) * pixelBytes;
    let weights = filter + <usize>(ky * kernelWidth) * pixelBytes;
    for (let kx = 0; kx < kernelWidth; kx++) {
      const outX = load<i32>(column + (<usize>kx << 2));
      if (outX >= 0) {
        store<u32>(to, <u32>(dyRow + <usize>outX * pixelBytes));
        store<u32>(to, <u32>weights, 4);
        to += 8;
      }
      weights += pixelBytes;
    }
  }
  return to;
}

function sumPairs(pairs: usize, end: usize, to: usize, channels: i32): void {
  const toEnd = to + (<usize>channels << 2);
  let offset: usize = 0;
  for (; to + 64 <= toEnd; to += 64) {
    let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0);
    for (let pair = pairs; pair < end; pair += 8) {
      const a = <usize>load<u32>(pair) + offset;
      const w = <usize>load<u32>(pair, 4) + offset;
      c0 = multiplyAdd(v128.load(a), v128.load(w), c0);
      c1 = multiplyAdd(v128.load(a, 16), v128.load(w, 16), c1);
      c2 = multiplyAdd(v128.load(a, 32), v128.load(w, 32), c2);
      c3 = multiplyAdd(v128.load(a, 48), v128.load(w, 48), c3);
    }
    v128.store(to, c0);
    v128.store(to, c1, 16);
    v128.store(to, c2, 32);
    v128.store(to, c3, 48);
    offset += 64;
  }
  for (; to + 16 <= toEnd; to += 16) {
    sumQuad(pairs, end, offset, to, 4);
    offset += 16;
  }
  if (to < toEnd) sumQuad(pairs, end, offset, to, <i32>((toEnd - to) >> 2));
}

// @ts-ignore: decorator
@inline
function sumQuad(pairs: usize, end: usize, offset: usize, to: usize, lanes: i32): void {
  let sum = f32x4.splat(0);
  for (let pair = pairs; pair < end; pair += 8) {
    const a = loadLanes(<usize>load<u32>(pair) + offset, lanes);
    sum = multiplyAdd(a, loadLanes(<usize>load<u32>(pair, 4) + offset, lanes), sum);
  }
  storeLanes(to, sum, lanes);
}
