/** A convolution's shape, as `convGeometry.ts` writes it: 4-byte fields in the same order. */
@unmanaged
export class ConvGeometry {
  batch: i32;
  inHeight: i32;
  inWidth: i32;
  inChannels: i32;
  outHeight: i32;
  outWidth: i32;
  outChannels: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  strideHeight: i32;
  strideWidth: i32;
  padTop: i32;
  padLeft: i32;
}

/** The first output position whose tap is inside the input: the least o with o * stride + offset >= 0. */
// @ts-ignore: decorator
@inline
export function firstInside(offset: i32, stride: i32): i32 {
  return offset >= 0 ? 0 : (stride - 1 - offset) / stride;
}

/** One past the last output position whose tap is inside the input. */
// @ts-ignore: decorator
@inline
export function endInside(offset: i32, stride: i32, inSize: i32, outSize: i32): i32 {
  const room = inSize - offset;
  return room <= 0 ? 0 : min(outSize, (room - 1) / stride + 1);
}
