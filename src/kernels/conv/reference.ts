import type { ConvShape } from './contract.ts';

/**
 * The plain meaning of contract.ts.
 * @param input [inHeight][inWidth][inChannels]
 * @param weightsOhwi [outChannels][kernelHeight][kernelWidth][inChannels]
 * @returns accumulators, [outHeight][outWidth][outChannels]
 */
export function convolve(input: Int16Array, weightsOhwi: Int8Array, shape: ConvShape): Int32Array {
  const { inHeight, inWidth, inChannels, outHeight, outWidth, outChannels } = shape;
  const { kernelHeight, kernelWidth, stride, padTop, padLeft } = shape;
  const accumulators = new Int32Array(outHeight * outWidth * outChannels);
  for (let y = 0; y < outHeight; y++) {
    for (let x = 0; x < outWidth; x++) {
      const out = (y * outWidth + x) * outChannels;
      for (let ky = 0; ky < kernelHeight; ky++) {
        const inY = y * stride + ky - padTop;
        if (inY < 0 || inY >= inHeight) continue;
        for (let kx = 0; kx < kernelWidth; kx++) {
          const inX = x * stride + kx - padLeft;
          if (inX < 0 || inX >= inWidth) continue;
          const pixel = (inY * inWidth + inX) * inChannels;
          for (let o = 0; o < outChannels; o++) {
            const weights = ((o * kernelHeight + ky) * kernelWidth + kx) * inChannels;
            let sum = 0;
            for (let i = 0; i < inChannels; i++)
              sum += weightsOhwi[weights + i]! * input[pixel + i]!;
            accumulators[out + o]! += sum;
          }
        }
      }
    }
  }
  return accumulators;
}
