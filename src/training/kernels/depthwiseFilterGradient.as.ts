import { ConvGeometry, endInside, firstInside } from './convGeometry.as';
import { addLanes, loadLanes } from './lanes.as';
import { multiplyAdd } from './multiplyAdd.as';

/**
 * dFilter[tap][channel] = sum over output positions of input[position + tap][channel] * dy[position][channel].
 * A row of output and 16 channels at a time, so that what all taps read stays in the first-level cache.
 */
export function depthwiseFilterGradient(
  geometry: ConvGeometry,
  input: usize,
  dy: usize,
  dFilter: usize,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const vectorBytes = pixelBytes & ~15;
  const imageBytes = <usize>(geometry.inHeight * geometry.inWidth) * pixelBytes;
  memory.fill(dFilter, 0, <usize>(geometry.kernelHeight * geometry.kernelWidth) * pixelBytes);
  for (let image = 0; image < geometry.batch; image++) {
    for (let outY = 0; outY < geometry.outHeight; outY++) {
      let at: usize = 0;
      for (; at + 64 <= pixelBytes; at += 64) {
        addTaps(geometry, input + at, dy + at, dFilter + at, outY, 16);
      }
      for (; at < vectorBytes; at += 16) {
        addTaps(geometry, input + at, dy + at, dFilter + at, outY, 4);
      }
      if (at < pixelBytes) {
        addTaps(geometry, input + at, dy + at, dFilter + at, outY, geometry.inChannels & 3);
      }
      dy += <usize>geometry.outWidth * pixelBytes;
    }
    input += imageBytes;
  }
}

/** Adds what one row of output says about some channels of every tap. */
// @ts-ignore: decorator
@inline
function addTaps(
  geometry: ConvGeometry,
  image: usize,
  dyRow: usize,
  dFilter: usize,
  outY: i32,
  channels: i32,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const stride = geometry.strideWidth;
  const top = outY * geometry.strideHeight - geometry.padTop;
  const endY = min(geometry.kernelHeight, geometry.inHeight - top);
  for (let ky = max(0, -top); ky < endY; ky++) {
    const row = image + <usize>((top + ky) * geometry.inWidth) * pixelBytes;
    for (let kx = 0; kx < geometry.kernelWidth; kx++) {
      const offset = kx - geometry.padLeft;
      const first = firstInside(offset, stride);
      const count = endInside(offset, stride, geometry.inWidth, geometry.outWidth) - first;
      const a = row + <usize>(first * stride + offset) * pixelBytes;
      const b = dyRow + <usize>first * pixelBytes;
      const to = dFilter + <usize>(ky * geometry.kernelWidth + kx) * pixelBytes;
      const aStep = <usize>stride * pixelBytes;
      if (channels == 16) addProducts16(a, b, to, count, aStep, pixelBytes);
      else addProducts(a, b, to, count, aStep, pixelBytes, channels);
    }
  }
}

/** to[channel] += sum over `count` pixels of a * b, for 16 channels. */
// @ts-ignore: decorator
@inline
function addProducts16(a: usize, b: usize, to: usize, count: i32, aStep: usize, bStep: usize): void {
  let c0 = f32x4.splat(0), c1 = f32x4.splat(0), c2 = f32x4.splat(0), c3 = f32x4.splat(0);
  for (let i = 0; i < count; i++) {
    c0 = multiplyAdd(v128.load(a), v128.load(b), c0);
    c1 = multiplyAdd(v128.load(a, 16), v128.load(b, 16), c1);
    c2 = multiplyAdd(v128.load(a, 32), v128.load(b, 32), c2);
    c3 = multiplyAdd(v128.load(a, 48), v128.load(b, 48), c3);
    a += aStep;
    b += bStep;
  }
  addLanes(to, c0, 4);
  addLanes(to + 16, c1, 4);
  addLanes(to + 32, c2, 4);
  addLanes(to + 48, c3, 4);
}

/** As `addProducts16`, for 4 channels or fewer. */
// @ts-ignore: decorator
@inline
function addProducts(
  a: usize, b: usize, to: usize, count: i32, aStep: usize, bStep: usize, lanes: i32,
): void {
  let sum = f32x4.splat(0);
  for (let i = 0; i < count; i++) {
    sum = multiplyAdd(loadLanes(a, lanes), loadLanes(b, lanes), sum);
    a += aStep;
    b += bStep;
  }
  addLanes(to, sum, lanes);
}
