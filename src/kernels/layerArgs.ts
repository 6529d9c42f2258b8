/** The fields of `LayerArgs` in layerArgs.as.ts, in order; each is 4 bytes. */
export const layerArgFields = [
  'input',
  'inHeight',
  'inWidth',
  'inStride',
  'outHeight',
  'outWidth',
  'outStride',
  'kernelHeight',
  'kernelWidth',
  'stride',
  'padTop',
  'padLeft',
  'weights',
  'groupStride',
  'tapStride',
  'accInit',
  'multiplier',
  'bias',
  'residual',
  'clampMin',
  'clampMax',
  'floatOut',
  'integerOut',
  'inverseStep',
  'quantMin',
  'quantMax',
  'roundingShift',
  'shiftToStored',
  'narrowsBySaturation',
  'storedMax',
  'padPixel',
  'scratch',
  'stripRows',
  'quadsPerWiden',
] as const;

export type LayerArgValues = Readonly<Record<(typeof layerArgFields)[number], number>>;

const floatFields: ReadonlySet<string> = new Set([
  'clampMin',
  'clampMax',
  'inverseStep',
  'quantMin',
  'quantMax',
  'roundingShift',
]);

export const layerArgBytes = 4 * layerArgFields.length;

/** Writes the block at a byte offset of linear memory; fields that the kernel does not read become 0. */
export function writeLayerArgs(
  memory: DataView,
  offset: number,
  values: Partial<LayerArgValues>,
): void {
  layerArgFields.forEach((field, i) => {
    const at = offset + 4 * i;
    const value = values[field] ?? 0;
    if (floatFields.has(field)) memory.setFloat32(at, value, true);
    else memory.setInt32(at, value, true);
  });
}
