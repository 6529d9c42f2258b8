import { ConvGeometry } from './convGeometry.as';
import { finishTile, tileBytes, tileColumns, tileRows } from './tile.as';

// Input positions worked on at a time; a block's rows of dy stay in the second-level cache while all
// panels of the filter pass over them.
const blockPositions: i32 = 64;
const listBytes: usize = <usize>blockPositions << 2;

/**
 * dInput[position][in] = sum over taps and out of dy[position - tap][out] * filter[tap][in][out]: one matrix
 * product whose left side is read through lists of pixel addresses. With a stride, input positions fall into
 * classes (y mod stride, x mod stride); the positions of a class meet the same taps, and only those are summed.
 *
 * Scratch: see `convInputGradientScratchBytes`.
 */
export function convInputGradient(
  geometry: ConvGeometry,
  dy: usize,
  filter: usize,
  dInput: usize,
  scratch: usize,
): void {
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const outBytes = <usize>geometry.outChannels << 2;
  const spill = scratch;
  const zeroPixel = spill + tileBytes;
  const toPixels = zeroPixel + outBytes;
  // One list of pixels for each tap of the class, and where the tap's weights begin in a panel.
  const tapOffsets = toPixels + listBytes;
  const dyPixels = tapOffsets + (<usize>taps << 2);
  const panels = dyPixels + <usize>taps * listBytes;
  memory.fill(zeroPixel, 0, outBytes);
  packFilter(geometry, filter, panels);
  for (let classY = 0; classY < min(geometry.strideHeight, geometry.inHeight); classY++) {
    for (let classX = 0; classX < min(geometry.strideWidth, geometry.inWidth); classX++) {
      const height = (geometry.inHeight - classY - 1) / geometry.strideHeight + 1;
      const width = (geometry.inWidth - classX - 1) / geometry.strideWidth + 1;
      const total = geometry.batch * height * width;
      for (let first = 0; first < total; first += blockPositions) {
        const count = min(blockPositions, total - first);
        listTargets(geometry, dInput, classY, classX, height, width, first, count, toPixels);
        let tapsInClass = 0;
        for (let tap = 0; tap < taps; tap++) {
          const fromY = classY + geometry.padTop - tap / geometry.kernelWidth;
          const fromX = classX + geometry.padLeft - tap % geometry.kernelWidth;
          if (fromY % geometry.strideHeight != 0 || fromX % geometry.strideWidth != 0) continue;
          store<u32>(tapOffsets + (<usize>tapsInClass << 2), <u32>(<usize>tap * outBytes * 8));
          listSources(
            geometry, dy, fromY / geometry.strideHeight, fromX / geometry.strideWidth,
            height, width, first, count, zeroPixel, dyPixels + <usize>tapsInClass * listBytes,
          );
          tapsInClass++;
        }
        multiply(geometry, dyPixels, tapOffsets, tapsInClass, toPixels, count, panels, spill);
      }
    }
  }
}

/** filter[tap][in][out] -> [in / 8][tap][out][8]; what follows the last `in` is computed and never stored. */
function packFilter(geometry: ConvGeometry, filter: usize, panels: usize): void {
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const inChannels = geometry.inChannels;
  const outBytes = <usize>geometry.outChannels << 2;
  let to = panels;
  for (let column = 0; column < inChannels; column += tileColumns) {
    for (let tap = 0; tap < taps; tap++) {
      for (let lane = 0; lane < tileColumns; lane++) {
        let from = filter + <usize>(tap * inChannels + min(column + lane, inChannels - 1)) * outBytes;
        const end = from + outBytes;
        let toLane = to + (<usize>lane << 2);
        for (; from < end; from += 4) {
          store<f32>(toLane, load<f32>(from));
          toLane += 32;
        }
      }
      to += outBytes << 3;
    }
  }
}

/** The addresses in dInput of a block of positions of one class. */
function listTargets(
  geometry: ConvGeometry,
  dInput: usize,
  classY: i32,
  classX: i32,
  height: i32,
  width: i32,
  first: i32,
  count: i32,
  list: usize,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  let x = first % width;
  let y = first / width % height;
  let image = first / width / height;
  for (let position = 0; position < count; position++) {
    const inY = classY + y * geometry.strideHeight;
    const inX = classX + x * geometry.strideWidth;
    const pixel = (image * geometry.inHeight + inY) * geometry.inWidth + inX;
    store<u32>(list, <u32>(dInput + <usize>pixel * pixelBytes));
    list += 4;
    if (++x == width) {
      x = 0;
      if (++y == height) {
        y = 0;
        image++;
      }
    }
  }
}

/** The addresses in dy that a tap takes a block of positions from: (y + offsetY, x + offsetX), or zeros. */
function listSources(
  geometry: ConvGeometry,
  dy: usize,
  offsetY: i32,
  offsetX: i32,
  height: i32,
  width: i32,
  first: i32,
  count: i32,
  zeroPixel: usize,
  list: usize,
): void {
  const pixelBytes = <usize>geometry.outChannels << 2;
  const outHeight = geometry.outHeight, outWidth = geometry.outWidth;
  let x = first % width;
  let y = first / width % height;
  let image = first / width / height;
  for (let position = 0; position < count; position++) {
    const outY = y + offsetY, outX = x + offsetX;
    // An unsigned comparison sees negative coordinates as too large.
    const inside = <u32>outY < <u32>outHeight && <u32>outX < <u32>outWidth;
    const pixel = dy + <usize>((image * outHeight + outY) * outWidth + outX) * pixelBytes;
    store<u32>(list, inside ? pixel : zeroPixel);
    list += 4;
    if (++x == width) {
      x = 0;
      if (++y == height) {
        y = 0;
        image++;
      }
    }
  }
}

function multiply(
  geometry: ConvGeometry,
  dyPixels: usize,
  tapOffsets: usize,
  taps: i32,
  toPixels: usize,
  count: i32,
  panels: usize,
  spill: usize,
): void {
  const inChannels = geometry.inChannels;
  const outBytes = <usize>geometry.outChannels << 2;
  const panelBytes = <usize>(geometry.kernelHeight * geometry.kernelWidth) * outBytes * 8;
  const last = count - 1;
  for (let column = 0; column < inChannels; column += tileColumns) {
    for (let row = 0; row < count; row += tileRows) {
      // Rows past the end repeat the last one; they are computed and not stored.
      const at0 = <usize>row << 2;
      const at1 = <usize>min(row + 1, last) << 2;
      const at2 = <usize>min(row + 2, last) << 2;
      const at3 = <usize>min(row + 3, last) << 2;
      let c00 = f32x4.splat(0), c01 = f32x4.splat(0), c10 = f32x4.splat(0), c11 = f32x4.splat(0);
      let c20 = f32x4.splat(0), c21 = f32x4.splat(0), c30 = f32x4.splat(0), c31 = f32x4.splat(0);
      let list = dyPixels;
      for (let tap = 0; tap < taps; tap++) {
        let a0 = <usize>load<u32>(list + at0), a1 = <usize>load<u32>(list + at1);
        let a2 = <usize>load<u32>(list + at2), a3 = <usize>load<u32>(list + at3);
        let b = panels + <usize>load<u32>(tapOffsets + (<usize>tap << 2));
        const end = b + (outBytes << 3);
        while (b < end) {
          const b0 = v128.load(b), b1 = v128.load(b, 16);
          let x = v128.load_splat<f32>(a0);
          c00 = f32x4.add(c00, f32x4.mul(x, b0));
          c01 = f32x4.add(c01, f32x4.mul(x, b1));
          x = v128.load_splat<f32>(a1);
          c10 = f32x4.add(c10, f32x4.mul(x, b0));
          c11 = f32x4.add(c11, f32x4.mul(x, b1));
          x = v128.load_splat<f32>(a2);
          c20 = f32x4.add(c20, f32x4.mul(x, b0));
          c21 = f32x4.add(c21, f32x4.mul(x, b1));
          x = v128.load_splat<f32>(a3);
          c30 = f32x4.add(c30, f32x4.mul(x, b0));
          c31 = f32x4.add(c31, f32x4.mul(x, b1));
          a0 += 4; a1 += 4; a2 += 4; a3 += 4;
          b += 32;
        }
        list += listBytes;
      }
      const offset = <usize>column << 2;
      finishTile(
        c00, c01, c10, c11, c20, c21, c30, c31,
        <usize>load<u32>(toPixels + at0) + offset, <usize>load<u32>(toPixels + at1) + offset,
        <usize>load<u32>(toPixels + at2) + offset, <usize>load<u32>(toPixels + at3) + offset,
        count - row, inChannels - column, spill, false,
      );
    }
    panels += panelBytes;
  }
}
