import type { ConvShape } from '../conv/contract.ts';

/**
 * Depthwise convolution: each channel has its own kernel and sees only itself.
 *   acc[y][x][c] = sum over ky, kx of
 *     weights[c][ky][kx] * input[y*stride + ky - padTop][x*stride + kx - padLeft][c]
 * Positions outside the input are 0. Exact in int32.
 */
export type DepthwiseShape = Omit<ConvShape, 'inChannels' | 'outChannels'> & {
  readonly channels: number;
};
