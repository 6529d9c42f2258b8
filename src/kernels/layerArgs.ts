import { type ArgFields, argBytes, writeArgs } from './argBlock.ts';

/** The fields of `LayerArgs` in layerArgs.as.ts, in order; each is 4 bytes. */
const fields = {
  input: 'i32',
  inHeight: 'i32',
  inWidth: 'i32',
  inStride: 'i32',
  outHeight: 'i32',
  outWidth: 'i32',
  outStride: 'i32',
  kernelHeight: 'i32',
  kernelWidth: 'i32',
  stride: 'i32',
  padTop: 'i32',
  padLeft: 'i32',
  weights: 'i32',
  groupStride: 'i32',
  tapStride: 'i32',
  accInit: 'i32',
  multiplier: 'i32',
  bias: 'i32',
  residual: 'i32',
  clampMin: 'f32',
  clampMax: 'f32',
  floatOut: 'i32',
  integerOut: 'i32',
  inverseStep: 'f32',
  quantMin: 'f32',
  quantMax: 'f32',
  roundingShift: 'f32',
  shiftToStored: 'i32',
  narrowsBySaturation: 'i32',
  storedMax: 'i32',
  padPixel: 'i32',
  stripRows: 'i32',
  quadsPerWiden: 'i32',
} as const satisfies ArgFields<string>;

export type LayerArgValues = Readonly<Record<keyof typeof fields, number>>;

export const layerArgBytes = argBytes(fields);

/** Writes the block at a byte offset of linear memory; fields that the kernel does not read become 0. */
export function writeLayerArgs(
  memory: DataView,
  offset: number,
  values: Partial<LayerArgValues>,
): void {
  writeArgs(memory, offset, fields, values);
}
