import { ConvGeometry } from './convGeometry.as';
import { listInputPixels } from './inputPixels.as';
import { loadLanes } from './lanes.as';
import { multiplyAdd } from './multiplyAdd.as';
import { storeRow, tileBytes, tileColumns, tileRowBytes, tileRows } from './tile.as';

// Output positions that are packed at a time: the panels of one tile, 2.5 and 4 KiB, stay in the first-level
// cache, and a sum is added to memory once in so many products.
const blockPositions: i32 = 128;
const packedBytes: usize = <usize>tileRows << 2;

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
      listInputPixels(geometry, input, first, count, tap, zeroPixel, pixels);
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

/** [position][channel] by addresses -> [channel / 5][position][5], zeros after the last channel. */
function packIn(pixels: usize, channels: i32, count: i32, to: usize): void {
  const end = pixels + (<usize>count << 2);
  let channel = 0;
  for (; channel + tileRows <= channels; channel += tileRows) {
    to = packRows(pixels, end, <usize>channel << 2, to, tileRows);
  }
  if (channel < channels) packRows(pixels, end, <usize>channel << 2, to, channels - channel);
}

// @ts-ignore: decorator
@inline
function packRows(pixel: usize, end: usize, offset: usize, to: usize, rows: i32): usize {
  for (; pixel < end; pixel += 4) {
    const from = <usize>load<u32>(pixel) + offset;
    v128.store(to, loadLanes(from, min(4, rows)));
    store<f32>(to, rows > 4 ? load<f32>(from, 16) : 0, 16);
    to += packedBytes;
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
  const inPanelBytes = <usize>count * packedBytes;
  for (let column = 0; column < outChannels; column += tileColumns) {
    let a = inPanels;
    let toRow = to + (<usize>column << 2);
    for (let row = 0; row < inChannels; row += tileRows) {
      const end = a + inPanelBytes;
      if (row + tileRows <= inChannels && column + tileColumns <= outChannels) {
        addTile(a, end, outPanels, toRow, rowBytes);
      } else {
        memory.fill(spill, 0, tileBytes);
        addTile(a, end, outPanels, spill, tileRowBytes);
        addPart(spill, toRow, rowBytes, min(tileRows, inChannels - row), min(tileColumns, outChannels - column));
      }
      a = end;
      toRow += rowBytes * tileRows;
    }
    outPanels += <usize>count * tileRowBytes;
  }
}

/** to[5][8] += a * b. Written so that V8 keeps the sums in registers; see `multiplyTile`. */
function addTile(a: usize, end: usize, b: usize, to: usize, rowBytes: usize): void {
  const to1 = to + rowBytes, to2 = to1 + rowBytes, to3 = to2 + rowBytes, to4 = to3 + rowBytes;
  let c00 = v128.load(to), c01 = v128.load(to, 16), c10 = v128.load(to1), c11 = v128.load(to1, 16);
  let c20 = v128.load(to2), c21 = v128.load(to2, 16), c30 = v128.load(to3), c31 = v128.load(to3, 16);
  let c40 = v128.load(to4), c41 = v128.load(to4, 16);
  while (a < end) {
    const b0 = v128.load(b), b1 = v128.load(b, 16);
    let x = v128.load_splat<f32>(a);
    c00 = multiplyAdd(x, b0, c00);
    c01 = multiplyAdd(x, b1, c01);
    x = v128.load_splat<f32>(a, 4);
    c10 = multiplyAdd(x, b0, c10);
    c11 = multiplyAdd(x, b1, c11);
    x = v128.load_splat<f32>(a, 8);
    c20 = multiplyAdd(x, b0, c20);
    c21 = multiplyAdd(x, b1, c21);
    x = v128.load_splat<f32>(a, 12);
    c30 = multiplyAdd(x, b0, c30);
    c31 = multiplyAdd(x, b1, c31);
    x = v128.load_splat<f32>(a, 16);
    c40 = multiplyAdd(x, b0, c40);
    c41 = multiplyAdd(x, b1, c41);
    a += packedBytes;
    b += tileRowBytes;
  }
  storeRow(to, c00, c01);
  storeRow(to1, c10, c11);
  storeRow(to2, c20, c21);
  storeRow(to3, c30, c31);
  storeRow(to4, c40, c41);
}

/** Adds some rows and columns of a spilled tile. */
function addPart(spill: usize, to: usize, rowBytes: usize, rows: i32, columns: i32): void {
  for (let row = 0; row < rows; row++) {
    for (let at: usize = 0; at < <usize>columns << 2; at += 4) {
      store<f32>(to + at, load<f32>(to + at) + load<f32>(spill + at));
    }
    spill += tileRowBytes;
    to += rowBytes;
  }
}
