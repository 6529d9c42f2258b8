import { ConvGeometry } from './convGeometry.as';
import { blockPositions, listBytes, multiplyListed, padList, spillBytes } from './listedProduct.as';
import { tileColumns, tileRowBytes } from './tile.as';

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
  const zeroPixel = spill + spillBytes;
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
        if (tapsInClass == 0) {
          clearPixels(toPixels, count, geometry.inChannels);
          continue;
        }
        multiplyListed(
          dyPixels, tapOffsets, tapsInClass, toPixels, count,
          panels, <usize>(taps * geometry.outChannels) * tileRowBytes, geometry.outChannels, geometry.inChannels, spill,
        );
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

/** Positions that no tap meets, as with a stride beyond the kernel. */
function clearPixels(list: usize, count: i32, channels: i32): void {
  for (const end = list + (<usize>count << 2); list < end; list += 4) {
    memory.fill(<usize>load<u32>(list), 0, <usize>channels << 2);
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
  let to = list;
  let x = first % width;
  let y = first / width % height;
  let image = first / width / height;
  for (let position = 0; position < count; position++) {
    const outY = y + offsetY, outX = x + offsetX;
    // An unsigned comparison sees negative coordinates as too large.
    const inside = <u32>outY < <u32>outHeight && <u32>outX < <u32>outWidth;
    const pixel = dy + <usize>((image * outHeight + outY) * outWidth + outX) * pixelBytes;
    store<u32>(to, inside ? pixel : zeroPixel);
    to += 4;
    if (++x == width) {
      x = 0;
      if (++y == height) {
        y = 0;
        image++;
      }
    }
  }
  padList(list, count);
}
