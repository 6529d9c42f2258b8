/**
 * Global pooling: acc[c] = sum over all positions of input[position][c], exact in int32. The division by
 * the number of positions is part of the epilogue's multiplier.
 */
export interface AveragePoolShape {
  readonly positions: number;
  readonly channels: number;
}
