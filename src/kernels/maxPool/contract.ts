import type { DepthwiseShape } from '../depthwise/contract.ts';

/**
 * The largest input under the kernel, channel by channel:
 *   acc[y][x][c] = max over ky, kx of
 *     input[y*stride + ky - padTop][x*stride + kx - padLeft][c]
 * Positions outside the input never win; padding is less than the kernel, so that there is always one inside.
 */
export type MaxPoolShape = DepthwiseShape;
