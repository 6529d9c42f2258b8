import { RtfqError } from '../errors.ts';
import type { Layer } from './manifest.ts';

/** One layer's numbers for one subnet: what batch norm, steps and bias fold into. */
export interface LayerTable {
  /** Step of the layer's input quantizer; 1 where the layer reads the image. */
  readonly inputStep: number;
  /** m of y = m * acc + beta, one per output channel. */
  readonly multiplier: Float32Array;
  /** beta of y = m * acc + beta, one per output channel. */
  readonly bias: Float32Array;
}

type TableLayers = { readonly layers: readonly Pick<Layer, 'name' | 'outChannels'>[] };

/** Bytes of a subnet's table: per layer one step, then m and beta for each output channel, all f32. */
export function tableBytes(manifest: TableLayers, widthIndex: number): number {
  let floats = 0;
  for (const layer of manifest.layers) floats += 1 + 2 * layer.outChannels[widthIndex]!;
  return 4 * floats;
}

/** Writes a subnet's table, little-endian. */
export function writeTable(tables: readonly LayerTable[]): Uint8Array<ArrayBuffer> {
  const values = tables.flatMap((table) => [table.inputStep, ...table.multiplier, ...table.bias]);
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setFloat32(4 * i, value, true);
  return bytes;
}

/**
 * Reads a subnet's table.
 * @throws RtfqError `MODEL_FORMAT` on a wrong size, a step that is not positive, or a number that is not finite.
 */
export function readTable(
  manifest: TableLayers,
  widthIndex: number,
  bytes: Uint8Array,
): readonly LayerTable[] {
  const expected = tableBytes(manifest, widthIndex);
  if (bytes.length !== expected) {
    throw new RtfqError('MODEL_FORMAT', 'a table has the wrong size', {
      got: `${bytes.length} bytes`,
      expected: `${expected} bytes`,
    });
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = 0;
  const read = (layer: string): number => {
    const value = view.getFloat32(at, true);
    at += 4;
    if (!Number.isFinite(value)) fail(layer, value, 'a finite number');
    return value;
  };
  return manifest.layers.map(({ name, outChannels }) => {
    const inputStep = read(name);
    // Below the normal range 1/step would overflow f32.
    if (inputStep < 2 ** -120) fail(name, inputStep, 'a positive step');
    const channels = outChannels[widthIndex]!;
    const multiplier = Float32Array.from({ length: channels }, () => read(name));
    const bias = Float32Array.from({ length: channels }, () => read(name));
    return { inputStep, multiplier, bias };
  });
}

function fail(layer: string, got: number, expected: string): never {
  throw new RtfqError('MODEL_FORMAT', `the table's entry for ${layer}`, {
    got: String(got),
    expected,
  });
}
