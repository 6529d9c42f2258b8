import type { MaxPoolShape } from './contract.ts';

/**
 * The plain meaning of contract.ts.
 * @param input [inHeight][inWidth][channels]
 * @returns accumulators, [outHeight][outWidth][channels]
 */
export function largestUnderKernel(input: Int16Array, shape: MaxPoolShape): Int32Array {
  const { inHeight, inWidth, outHeight, outWidth, channels } = shape;
  const { kernelHeight, kernelWidth, stride, padTop, padLeft } = shape;
  const accumulators = new Int32Array(outHeight * outWidth * channels).fill(-(2 ** 31));
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
            accumulators[out + c] = Math.max(accumulators[out + c]!, input[pixel + c]!);
          }
        }
      }
    }
  }
  return accumulators;
}
