import { ConvGeometry } from './convGeometry.as';
import { loadLanes } from './lanes.as';
import { finishTile, tileBytes, tileColumns, tileRows } from './tile.as';

// Output positions that are packed at a time: the panels of one tile, 2 and 4 KiB, stay in the first-level
// cache, and a sum is added to memory once in so many products.
const blockPositions: i32 = 128;

/**
 * dFilter[tap][in][out] = sum over output positions of input[position + tap][in] * dy[position][out]: for
 * each tap a matrix product of packed panels.
 *
 * Scratch: see `convFilterGradientScratchBytes`.
 */
export function convFilterGradient(
  geometry: ConvGeometry,
  input: usize,
  dy: usize,
  dFilter: usize,
  scratch: usize,
): void {
  const inBytes = <usize>geometry.inChannels << 2;
  const outBytes = <usize>geometry.outChannels << 2;
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const spill = scratch;
  const zeroPixel = spill + tileBytes;
  const pixels = zeroPixel + inBytes;
  const inPanels = pixels + <usize>(blockPositions << 2);
  const outPanels =
    inPanels + <usize>(ceilDivide(geometry.inChannels, tileRows) * blockPositions * tileRows) * 4;
  memory.fill(zeroPixel, 0, inBytes);
  memory.fill(dFilter, 0, <usize>taps * inBytes * <usize>geometry.outChannels);
  const total = geometry.batch * geometry.outHeight * geometry.outWidth;
  for (let first = 0; first < total; first += blockPositions) {
    const count = min(blockPositions, total - first);
    packOut(dy + <usize>first * outBytes, geometry.outChannels, count, outPanels);
    for (let tap = 0; tap < taps; tap++) {
      listPixels(geometry, input, first, count, tap, zeroPixel, pixels);
      packIn(pixels, geometry.inChannels, count, inPanels);
      multiply(
        inPanels, outPanels, dFilter + <usize>tap * inBytes * <usize>geometry.outChannels,
        geometry.inChannels, geometry.outChannels, count, spill,
      );
    }
  }
}

// @ts-ignore: decorator
@inline
function ceilDivide(value: i32, by: i32): i32 {
  return (value + by - 1) / by;
}

/** Writes the address of the input pixel under a tap, for each output position of a block. */
function listPixels(
  geometry: ConvGeometry,
  input: usize,
  first: i32,
  count: i32,
  tap: i32,
  zeroPixel: usize,
  pixels: usize,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const inHeight = geometry.inHeight, inWidth = geometry.inWidth;
  const top = tap / geometry.kernelWidth - geometry.padTop;
  const left = tap % geometry.kernelWidth - geometry.padLeft;
  let outX = first % geometry.outWidth;
  const outRow = first / geometry.outWidth;
  let outY = outRow % geometry.outHeight;
  let image = outRow / geometry.outHeight;
  const end = pixels + (<usize>count << 2);
  for (; pixels < end; pixels += 4) {
    const y = outY * geometry.strideHeight + top;
    const x = outX * geometry.strideWidth + left;
    // An unsigned comparison sees negative coordinates as too large.
    const inside = <u32>y < <u32>inHeight && <u32>x < <u32>inWidth;
    const pixel = input + <usize>((image * inHeight + y) * inWidth + x) * pixelBytes;
    store<u32>(pixels, inside ? pixel : zeroPixel);
    if (++outX == geometry.outWidth) {
      outX = 0;
      if (++outY == geometry.outHeight) {
        outY = 0;
        image++;
      }
    }
  }
}

/** [position][channel] by addresses -> [channel / 4][position][4], zeros after the last channel. */
function packIn(pixels: usize, channels: i32, count: i32, to: usize): void {
  const end = pixels + (<usize>count << 2);
  let channel = 0;
  for (; channel + 4 <= channels; channel += 4) {
    to = packQuad(pixels, end, <usize>channel << 2, to, 4);
  }
  if (channel < channels) packQuad(pixels, end, <usize>channel << 2, to, channels - channel);
}

// @ts-ignore: decorator
@inline
function packQuad(pixel: usize, end: usize, offset: usize, to: usize, lanes: i32): usize {
  for (; pixel < end; pixel += 4) {
    v128.store(to, loadLanes(<usize>load<u32>(pixel) + offset, lanes));
    to += 16;
  }
  return to;
}

/** [position][channel] -> [channel / 8][position][8], zeros after the last channel. */
function packOut(from: usize, channels: i32, count: i32, to: usize): void {
  const rowBytes = <usize>channels << 2;
  let channel = 0;
  for (; channel + tileColumns <= channels; channel += tileColumns) {
    let row = from + (<usize>channel << 2);
    for (let position = 0; position < count; position++) {
      v128.store(to, v128.load(row));
      v128.store(to, v128.load(row, 16), 16);
      row += rowBytes;
      to += 32;
    }
  }
  const left = channels - channel;
  if (left == 0) return;
  let row = from + (<usize>channel << 2);
  for (let position = 0; position < count; position++) {
    v128.store(to, loadLanes(row, min(4, left)));
    v128.store(to, left > 4 ? loadLanes(row + 16, left - 4) : f32x4.splat(0), 16);
    row += rowBytes;
    to += 32;
  }
}

/** to[in][out] += sum over positions of inPanels * outPanels. */
function multiply(
  inPanels: usize,
  outPanels: usize,
  to: usize,
  inChannels: i32,
  outChannels: i32,
  count: i32,
  spill: usize,
): void {
  const rowBytes = <usize>outChannels << 2;
  const inPanelBytes = <usize>count << 4;
  const outPanelBytes = <usize>count << 5;
  for (let column = 0; column < outChannels; column += tileColumns) {
    let a = inPanels;
    let toRow = to + (<usize>column << 2);
    for (let row = 0; row < inChannels; row += tileRows) {
      let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
      let b = outPanels;
      const end = a + inPanelBytes;
      while (a < end) {
        const b0 = v128.load(b), b1 = v128.load(b, 16);
        let x = v128.load_splat<f32>(a);
        c00 = f32x4.add(c00, f32x4.mul(x, b0));
        c01 = f32x4.add(c01, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(a, 4);
        c10 = f32x4.add(c10, f32x4.mul(x, b0));
        c11 = f32x4.add(c11, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(a, 8);
        c20 = f32x4.add(c20, f32x4.mul(x, b0));
        c21 = f32x4.add(c21, f32x4.mul(x, b1));
        x = v128.load_splat<f32>(a, 12);
        c30 = f32x4.add(c30, f32x4.mul(x, b0));
        c31 = f32x4.add(c31, f32x4.mul(x, b1));
        a += 16;
        b += 32;
      }
      finishTile(
        c00, c01, c10, c11, c20, c21, c30, c31,
        toRow, toRow + rowBytes, toRow + 2 * rowBytes, toRow + 3 * rowBytes,
        inChannels - row, outChannels - column, spill, true,
      );
      toRow += rowBytes << 2;
    }
    outPanels += outPanelBytes;
  }
}
