/** The fields of `Layer` in kernels/layer.wgsl, in order; each is 4 bytes. */
export const layerArgFields = [
  'inHeight',
  'inWidth',
  'inWords',
  'padWord',
  'outHeight',
  'outWidth',
  'outWords',
  'outGroups',
  'kernelHeight',
  'kernelWidth',
  'stride',
  'padTop',
  'padLeft',
  'weightsAt',
  'inGroups',
  'outputs',
  'clampMin',
  'clampMax',
  'inverseStep',
  'quantMin',
  'quantMax',
  'storedShift',
] as const;

export type LayerArgValues = Readonly<Record<(typeof layerArgFields)[number], number>>;

const floatFields: ReadonlySet<string> = new Set([
  'clampMin',
  'clampMax',
  'inverseStep',
  'quantMin',
  'quantMax',
]);

/** Bits of `outputs`. */
export const hasResidual = 1;
export const hasFloatOutput = 2;
export const hasIntegerOutput = 4;

// WGSL does not promise what infinities do.
const largestFloat = 3.4028234663852886e38;

/** Fields that the kernel does not read become 0. */
export function encodeLayerArgs(values: Partial<LayerArgValues>): ArrayBuffer {
  const bytes = new ArrayBuffer(4 * layerArgFields.length);
  const view = new DataView(bytes);
  layerArgFields.forEach((field, i) => {
    const value = values[field] ?? 0;
    if (floatFields.has(field)) {
      view.setFloat32(4 * i, Math.min(Math.max(value, -largestFloat), largestFloat), true);
    } else {
      view.setInt32(4 * i, value, true);
    }
  });
  return bytes;
}
