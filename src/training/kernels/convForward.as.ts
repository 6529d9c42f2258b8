import { ConvGeometry } from './convGeometry.as';
import { listInputPixels } from './inputPixels.as';
import { loadLanes } from './lanes.as';
import { blockPositions, listBytes, multiplyListed, padList, spillBytes } from './listedProduct.as';
import { tileColumns, tileRowBytes } from './tile.as';

/**
 * y[position][out] = sum over taps and in of x[position + tap][in] * filter[tap][in][out].
 *
 * Scratch: see `convForwardScratchBytes`.
 */
export function convForward(
  geometry: ConvGeometry,
  x: usize,
  filter: usize,
  y: usize,
  scratch: usize,
): void {
  const taps = geometry.kernelHeight * geometry.kernelWidth;
  const inBytes = <usize>geometry.inChannels << 2;
  const outBytes = <usize>geometry.outChannels << 2;
  const tapBytes = <usize>geometry.inChannels * tileRowBytes;
  const spill = scratch;
  const zeroPixel = spill + spillBytes;
  const toPixels = zeroPixel + inBytes;
  const tapOffsets = toPixels + listBytes;
  const pixels = tapOffsets + (<usize>taps << 2);
  const panels = pixels + <usize>taps * listBytes;
  memory.fill(zeroPixel, 0, inBytes);
  for (let tap = 0; tap < taps; tap++) {
    store<u32>(tapOffsets + (<usize>tap << 2), <u32>(<usize>tap * tapBytes));
  }
  packFilter(filter, taps * geometry.inChannels, geometry.outChannels, panels);
  const total = geometry.batch * geometry.outHeight * geometry.outWidth;
  for (let first = 0; first < total; first += blockPositions) {
    const count = min(blockPositions, total - first);
    for (let position = 0; position < count; position++) {
      const to = y + <usize>(first + position) * outBytes;
      store<u32>(toPixels + (<usize>position << 2), <u32>to);
    }
    for (let tap = 0; tap < taps; tap++) {
      const list = pixels + <usize>tap * listBytes;
      listInputPixels(geometry, x, first, count, tap, zeroPixel, list);
      padList(list, count);
    }
    multiplyListed(
      pixels, tapOffsets, taps, toPixels, count,
      panels, <usize>taps * tapBytes, geometry.inChannels, geometry.outChannels, spill,
    );
  }
}

/** filter[row][out] -> [out / 8][row][8], zeros after the last `out`. */
function packFilter(filter: usize, rows: i32, outChannels: i32, to: usize): void {
  const rowBytes = <usize>outChannels << 2;
  for (let column = 0; column < outChannels; column += tileColumns) {
    const columns = outChannels - column;
    let from = filter + (<usize>column << 2);
    for (let row = 0; row < rows; row++) {
      v128.store(to, loadLanes(from, min(4, columns)));
      v128.store(to, columns > 4 ? loadLanes(from + 16, min(4, columns - 4)) : f32x4.splat(0), 16);
      from += rowBytes;
      to += tileRowBytes;
    }
  }
}
