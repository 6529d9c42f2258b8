import { ConvGeometry } from './convGeometry.as';

/** Writes the address of the input pixel under a tap, for each output position of a block. */
export function listInputPixels(
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
