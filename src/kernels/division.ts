/** Kernels of the wasm modules; the order is the number by which threads name them. */
export const kernelNames = [
  'convDot',
  'convLowBit',
  'convWide',
  'depthwise',
  'depthwise3x3',
  'averagePool',
  'maxPool',
  'quantize',
  'filterRows',
  'filterColumns',
] as const;
export type KernelName = (typeof kernelNames)[number];

/**
 * Where a kernel's output can be cut so that no two parts write to one place: rows and channels come in tiles of so
 * many; null where there is one part only. Rows of a dense kernel are those of its matrix product, the positions of
 * the output.
 */
export interface Division {
  readonly rowTile: number | null;
  readonly channelTile: number | null;
}

/** Positions that the dense kernels work on at a time. Of a last tile they read all, and write those that there are. */
export const denseTileRows = 4;

const dense: Division = { rowTile: denseTileRows, channelTile: 8 };
const byRow: Division = { rowTile: 1, channelTile: null };

export const divisions: Readonly<Record<KernelName, Division>> = {
  convDot: dense,
  convLowBit: dense,
  convWide: dense,
  depthwise: byRow,
  // With stride 1 it makes two rows at a time, and it reads 16 channels at a time.
  depthwise3x3: { rowTile: 2, channelTile: 16 },
  averagePool: { rowTile: null, channelTile: 8 },
  maxPool: byRow,
  quantize: byRow,
  filterRows: byRow,
  filterColumns: byRow,
};
