/**
 * Crop and resize, deterministic: the centre square of a frame, scaled to `side` x `side` by a triangle
 * filter whose support grows with the reduction (bilinear when enlarging, area-weighted when reducing).
 *
 * Separable and in integers: along each axis an output pixel is
 *   (sum_i weight[i] * pixel[first + i] + 2^(weightBits-1)) >> weightBits,
 * rows are done first, and what lies between the two passes is rounded to u8.
 */

/** A picture as browsers give it: 4 bytes a pixel, red green blue alpha, row by row. Alpha is ignored. */
export interface RgbaFrame {
  readonly data: Uint8Array | Uint8ClampedArray;
  readonly width: number;
  readonly height: number;
}

/** Fraction bits of the filter's weights; the weights of one output pixel add up to 2^weightBits. */
export const weightBits = 14;

/** The filter along one axis. */
export interface AxisFilter {
  /** Weights per output pixel; shorter rows are filled with zeros. */
  readonly taps: number;
  /** First source pixel of each output pixel. `first + taps` never passes the source's end. */
  readonly first: Int32Array;
  /** [output pixel][tap] */
  readonly weights: Int16Array;
}
