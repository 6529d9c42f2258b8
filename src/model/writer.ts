import { RtfqError } from '../errors.ts';
import type { BitWidth } from '../quant/bits.ts';
import { packWeights } from '../quant/packing.ts';
import { sealJson } from './checksum.ts';
import { sha256 } from './integrity.ts';
import { toCells, weightLayout } from './layout.ts';
import {
  type Accuracy,
  type Cost,
  type FileReference,
  formatVersion,
  type Layer,
  type LayerWeights,
  type Manifest,
  parseManifest,
} from './manifest.ts';
import { expectEqual, fail } from './manifestError.ts';
import { type LayerTable, readTable, writeTable } from './table.ts';
import { validateManifest } from './validate.ts';
import { manifestFile } from './validateFiles.ts';

/** A layer's integer weights, [out][tap][in] at full width ([out][tap] for depthwise). */
export type IntegerWeights =
  /** The same in every bit-width: stored once, in the shared pack. */
  | { readonly bits: BitWidth; readonly weightsOhwi: Int8Array }
  /** One per bit-width of the model, in its order. */
  | readonly { readonly bits: BitWidth; readonly weightsOhwi: Int8Array }[];

/** All that a model is made of, for `writeModel`. */
export interface ModelContents
  extends Omit<Manifest, 'format' | 'version' | 'layers' | 'packs' | 'subnets'> {
  readonly layers: readonly Omit<Layer, 'weights'>[];
  /** By layer name. */
  readonly weights: ReadonlyMap<string, IntegerWeights>;
  readonly subnets: readonly SubnetContents[];
}

/** One subnet of the model. */
export interface SubnetContents {
  readonly width: number;
  readonly resolution: number;
  readonly bits: BitWidth;
  /** One per layer, in the layers' order. */
  readonly tables: readonly LayerTable[];
  readonly cost: Cost;
  readonly accuracy?: Accuracy | undefined;
}

/** A model's files by name, `model.json` among them. */
export type ModelFiles = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

/**
 * Packs weights and tables and writes the manifest that describes them.
 * @throws RtfqError `MODEL_FORMAT` when the contents contradict each other
 */
export async function writeModel(contents: ModelContents): Promise<ModelFiles> {
  const { layers, weights, subnets, ...rest } = contents;
  const files = new Map<string, Uint8Array<ArrayBuffer>>();
  const shared = new PackBuilder();
  const perBits = contents.bits.map(() => new PackBuilder());
  const unplaced = new Set(weights.keys());
  const placed = layers.map((layer): Layer => {
    const own = weights.get(layer.name);
    if (own === undefined) return layer;
    unplaced.delete(layer.name);
    return { ...layer, weights: placeWeights(layer, own, shared, perBits) };
  });
  for (const name of unplaced) fail('weights', name, 'the names of layers');

  const addFile = async (file: string, bytes: Uint8Array<ArrayBuffer>): Promise<FileReference> => {
    files.set(file, bytes);
    return { file, sizeBytes: bytes.length, sha256: await sha256(bytes) };
  };
  const tables = new Map<string, FileReference>();
  const entries = [];
  for (const { tables: layerTables, ...subnet } of subnets) {
    checkTables(contents, subnet.width, layerTables);
    const bytes = writeTable(layerTables);
    const hash = await sha256(bytes);
    // Subnets that share their normalisation share the file.
    const table =
      tables.get(hash) ??
      (await addFile(`table-${subnet.width}-${subnet.resolution}-${subnet.bits}.bin`, bytes));
    tables.set(hash, table);
    entries.push({ ...subnet, table });
  }
  const packs = {
    shared: await addFile('weights-shared.bin', shared.bytes()),
    perBits: await Promise.all(
      perBits.map((pack, i) => addFile(`weights-${contents.bits[i]}.bin`, pack.bytes())),
    ),
  };
  const manifest: Manifest = {
    format: 'rtfq',
    version: formatVersion,
    ...rest,
    layers: placed,
    packs,
    subnets: entries,
  };
  const encoded = encodeManifest(manifest);
  files.set(manifestFile, encoded);
  checkReadable(encoded, files);
  return files;
}

/** `model.json` as bytes, with its checksum. */
export function encodeManifest(manifest: Manifest): Uint8Array<ArrayBuffer> {
  const { format, version, ...rest } = manifest;
  const unsealed = JSON.stringify({ format, version, crc32: '00000000', ...rest }, null, 1);
  return new TextEncoder().encode(`${sealJson(unsealed)}\n`);
}

function checkTables(
  { layers, widths }: ModelContents,
  width: number,
  tables: readonly LayerTable[],
): void {
  const widthIndex = widths.indexOf(width);
  if (widthIndex < 0) fail('subnets: width', width, widths);
  expectEqual('tables.length', tables.length, layers.length);
  layers.forEach(({ name, outChannels }, i) => {
    const { multiplier, bias } = tables[i]!;
    expectEqual(`tables: ${name}.multiplier.length`, multiplier.length, outChannels[widthIndex]!);
    expectEqual(`tables: ${name}.bias.length`, bias.length, outChannels[widthIndex]!);
  });
}

/** What the reader would refuse is not written in the first place. */
function checkReadable(encoded: Uint8Array, files: ModelFiles): void {
  const manifest = parseManifest(new TextDecoder().decode(encoded));
  validateManifest(manifest);
  for (const { width, table } of manifest.subnets) {
    readTable(manifest, manifest.widths.indexOf(width), files.get(table.file)!);
  }
}

function placeWeights(
  layer: Omit<Layer, 'weights'>,
  weights: IntegerWeights,
  shared: PackBuilder,
  perBits: readonly PackBuilder[],
): LayerWeights {
  const layout = weightLayout(layer);
  const pack = ({ bits, weightsOhwi }: { bits: BitWidth; weightsOhwi: Int8Array }) => {
    const depth = layout.depthwise ? 1 : layout.inChannels;
    const expected = layout.outChannels * layout.taps * depth;
    if (weightsOhwi.length !== expected) {
      throw new RtfqError('MODEL_FORMAT', `${layer.name} has the wrong number of weights`, {
        got: weightsOhwi.length,
        expected,
      });
    }
    return packWeights(toCells(weightsOhwi, layout), bits);
  };
  if ('weightsOhwi' in weights) {
    return { pack: 'shared', bits: weights.bits, offset: shared.add(pack(weights)) };
  }
  expectEqual(`weights: ${layer.name}.length`, weights.length, perBits.length);
  return {
    pack: 'perBits',
    bits: weights.map(({ bits }) => bits),
    offsets: weights.map((one, i) => perBits[i]!.add(pack(one))),
  };
}

class PackBuilder {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** @returns the offset at which the bytes begin */
  add(bytes: Uint8Array): number {
    const offset = this.#length;
    this.#parts.push(bytes);
    this.#length += bytes.length;
    return offset;
  }

  bytes(): Uint8Array<ArrayBuffer> {
    const all = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }
}
