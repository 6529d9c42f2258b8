import { type AxisFilter, type RgbaFrame, weightBits } from './contract.ts';
import { axisFilter, centreSquare } from './filter.ts';

const half = 1 << (weightBits - 1);

/**
 * Crops the centre square and scales it: see contract.ts.
 * @returns side x side x 3 bytes, RGB
 */
export function cropAndResize(frame: RgbaFrame, cropFraction: number, side: number): Uint8Array {
  const crop = centreSquare(frame.width, frame.height, cropFraction);
  const horizontal = axisFilter(crop.left, crop.side, side, frame.width);
  const vertical = axisFilter(crop.top, crop.side, side, frame.height);
  const rows = filterRows(frame, horizontal, side);
  return filterColumns(rows, vertical, side);
}

/** frame height x side x 3 */
function filterRows(frame: RgbaFrame, filter: AxisFilter, side: number): Uint8Array {
  const rows = new Uint8Array(frame.height * side * 3);
  for (let y = 0, at = 0; y < frame.height; y++) {
    for (let x = 0; x < side; x++) {
      const source = 4 * (y * frame.width + filter.first[x]!);
      for (let channel = 0; channel < 3; channel++, at++) {
        let sum = half;
        for (let tap = 0; tap < filter.taps; tap++) {
          sum += filter.weights[x * filter.taps + tap]! * frame.data[source + 4 * tap + channel]!;
        }
        rows[at] = sum >> weightBits;
      }
    }
  }
  return rows;
}

/** side x side x 3 */
function filterColumns(rows: Uint8Array, filter: AxisFilter, side: number): Uint8Array {
  const image = new Uint8Array(side * side * 3);
  const rowBytes = side * 3;
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < rowBytes; x++, at++) {
      let sum = half;
      for (let tap = 0; tap < filter.taps; tap++) {
        sum +=
          filter.weights[y * filter.taps + tap]! * rows[(filter.first[y]! + tap) * rowBytes + x]!;
      }
      image[at] = sum >> weightBits;
    }
  }
  return image;
}
