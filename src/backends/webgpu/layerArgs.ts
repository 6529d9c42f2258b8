import { type ArgFields, argBytes, writeArgs } from '../../kernels/argBlock.ts';

/** The fields of `Layer` in kernels/layer.wgsl, in order; each is 4 bytes. */
const fields = {
  inHeight: 'i32',
  inWidth: 'i32',
  inWords: 'i32',
  padWord: 'i32',
  outHeight: 'i32',
  outWidth: 'i32',
  outWords: 'i32',
  outGroups: 'i32',
  kernelHeight: 'i32',
  kernelWidth: 'i32',
  stride: 'i32',
  padTop: 'i32',
  padLeft: 'i32',
  weightsAt: 'i32',
  inGroups: 'i32',
  outputs: 'i32',
  clampMin: 'f32',
  clampMax: 'f32',
  inverseStep: 'f32',
  quantMin: 'f32',
  quantMax: 'f32',
  storedShift: 'i32',
} as const satisfies ArgFields<string>;

export type LayerArgValues = Readonly<Record<keyof typeof fields, number>>;

/** Bits of `outputs`. */
export const hasResidual = 1;
export const hasFloatOutput = 2;
export const hasIntegerOutput = 4;

// WGSL does not promise what infinities do.
const largestFloat = 3.4028234663852886e38;

/** The clamp of an activation function, without infinities. */
export function finiteClamp(limit: number): number {
  return Math.min(Math.max(limit, -largestFloat), largestFloat);
}

/** Fields that the kernel does not read become 0. */
export function encodeLayerArgs(values: Partial<LayerArgValues>): ArrayBuffer {
  const bytes = new ArrayBuffer(argBytes(fields));
  writeArgs(new DataView(bytes), 0, fields, values);
  return bytes;
}
