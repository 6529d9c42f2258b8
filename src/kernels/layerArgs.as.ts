/**
 * What a layer kernel is called with: one block of 4-byte fields in linear memory, written once when a
 * program is compiled. `layerArgs.ts` has the same fields in the same order.
 *
 * Beside it a kernel is told which part of its output to make, so that threads can share the work: rows
 * `firstRow` to `endRow`, channels `firstChannel` to `endChannel`, and the scratch memory that is the
 * thread's own. A kernel takes those of them that it can be divided by (`division.ts`).
 *
 * Activations are u8, a pixel's channels padded to a multiple of 8 (the image's to 4). A signed value q is
 * stored as q + zero point; `accInit` takes the zero point's share out of the sum, and padding is filled
 * with it. Padded channels hold the zero point, so that they add nothing.
 */
@unmanaged
export class LayerArgs {
  input: usize;
  inHeight: i32;
  inWidth: i32;
  /** Padded channels of an input pixel, in bytes. */
  inStride: i32;
  outHeight: i32;
  outWidth: i32;
  /** Padded channels of an output pixel. */
  outStride: i32;
  kernelHeight: i32;
  kernelWidth: i32;
  stride: i32;
  padTop: i32;
  padLeft: i32;
  weights: usize;
  /** Bytes from one group of 8 output channels to the next, and from one tap to the next within it. */
  groupStride: i32;
  tapStride: i32;
  /** i32 per output channel: what the sum starts from. */
  accInit: usize;
  multiplier: usize;
  bias: usize;
  /** f32, laid out as the float output; 0 for none. */
  residual: usize;
  clampMin: f32;
  clampMax: f32;
  /** 0 for none, here and in `integerOut`. */
  floatOut: usize;
  integerOut: usize;
  inverseStep: f32;
  /** Bounds of y * inverseStep: the quantizer's range, narrowed by what the activation's clamp leaves of it. */
  quantMin: f32;
  quantMax: f32;
  /** See `quantize8`. */
  roundingShift: f32;
  shiftToStored: i32;
  /**
   * 1 where integers are all there is to write and narrowing them to bytes, which saturates, and then taking
   * the minimum with `storedMax`, in each of its four bytes, is all the clamping they need.
   */
  narrowsBySaturation: i32;
  storedMax: i32;
  /** One input pixel of zero points, read in place of pixels outside the image. */
  padPixel: usize;
  /** Rows of the matrix product that are gathered in scratch memory at a time. */
  stripRows: i32;
  /** Low-bit products: steps of four channels, two products a sum, that an i16 holds before it is widened. */
  quadsPerWiden: i32;
}
