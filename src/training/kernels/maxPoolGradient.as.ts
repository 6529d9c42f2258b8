import { ConvGeometry } from './convGeometry.as';
import { addLanes, loadLanes } from './lanes.as';

/**
 * dInput[position][channel] = sum of dy over the outputs that have their value from there: where several
 * inputs under a kernel are the largest, the first of them, row by row, gets it all.
 */
export function maxPoolGradient(
  geometry: ConvGeometry,
  input: usize,
  output: usize,
  dy: usize,
  dInput: usize,
): void {
  const pixelBytes = <usize>geometry.inChannels << 2;
  const rowBytes = <usize>geometry.inWidth * pixelBytes;
  const imageBytes = <usize>geometry.inHeight * rowBytes;
  memory.fill(dInput, 0, <usize>geometry.batch * imageBytes);
  for (let image = 0; image < geometry.batch; image++) {
    for (let y = 0; y < geometry.outHeight; y++) {
      const top = y * geometry.strideHeight - geometry.padTop;
      const row = input + <usize>max(top, 0) * rowBytes;
      const endRow = input + <usize>min(top + geometry.kernelHeight, geometry.inHeight) * rowBytes;
      for (let x = 0; x < geometry.outWidth; x++) {
        const left = x * geometry.strideWidth - geometry.padLeft;
        const from = row + <usize>max(left, 0) * pixelBytes;
        const to = row + <usize>min(left + geometry.kernelWidth, geometry.inWidth) * pixelBytes;
        let c: usize = 0;
        for (; c + 16 <= pixelBytes; c += 16) {
          passToFirst(
            from + c, to + c, endRow - row, rowBytes, pixelBytes,
            output + c, dy + c, dInput - input,
            4,
          );
        }
        if (c < pixelBytes) {
          passToFirst(
            from + c, to + c, endRow - row, rowBytes, pixelBytes,
            output + c, dy + c, dInput - input,
            geometry.inChannels & 3,
          );
        }
        output += pixelBytes;
        dy += pixelBytes;
      }
    }
    input += imageBytes;
    dInput += imageBytes;
  }
}

/**
 * Up to 4 channels of one output.
 * @param from, to the first row under the kernel; `rows` is how many bytes lie from there to past the last
 * @param toGradient from the address of an input to that of its gradient
 */
// @ts-ignore: decorator
@inline
function passToFirst(
  from: usize,
  to: usize,
  rows: usize,
  rowBytes: usize,
  pixelBytes: usize,
  output: usize,
  dy: usize,
  toGradient: usize,
  lanes: i32,
): void {
  const largest = loadLanes(output, lanes);
  let left = loadLanes(dy, lanes);
  for (let row: usize = 0; row < rows; row += rowBytes) {
    for (let pixel = from + row; pixel < to + row; pixel += pixelBytes) {
      const isLargest = f32x4.eq(loadLanes(pixel, lanes), largest);
      addLanes(pixel + toGradient, v128.and(left, isLargest), lanes);
      left = v128.andnot(left, isLargest);
    }
  }
}
