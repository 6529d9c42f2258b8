import type { DepthwiseShape } from './contract.ts';

/**
 * The plain meaning of contract.ts.
 * @param input [inHeight][inWidth][channels]
 * @param weights [channels][kernelHeight][kernelWidth]
 * @returns accumulators, [outHeight][outWidth][channels]
 */
export function convolveDepthwise(
  input: Int16Array,
  weights: Int8Array,
  shape: DepthwiseShape,
): Int32Array {
  const { inHeight, inWidth, outHeight, outWidth, channels } = shape;
  const { kernelHeight, kernelWidth, stride, padTop, padLeft } = shape;
  const accumulators = new Int32Array(outHeight * outWidth * channels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const out = (y * outWidth + x) * channels;
      for (let ky = 0; ky < kernelHeight; ky++) {
        const inY = y * stride + ky - padTop;
        if (inY < 0 || inY >= inHeight) continue;
        for (let kx = 0; kx < kernelWidth; kx++) {
          const inX = x * stride + kx - padLeft;
          if (inX < 0 || inX >= inWidth) continue;
          const pixel = (inY * inWidth + inX) * channels;
          for (let c = 0; c < channels; c++) {
            const weight = weights[(c * kernelHeight + ky) * kernelWidth + kx]!;
            accumulators[out + c]! += weight * input[pixel + c]!;
          }
        }
      }
    }
  }
  return accumulators;
}
