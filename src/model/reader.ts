import { RtfqError, throwIfAborted } from '../errors.ts';
import type { BitWidth } from '../quant/bits.ts';
import { unpackWeights } from '../quant/packing.ts';
import { expectHashing, verifyFile } from './integrity.ts';
import { packedBytes, weightLayout } from './layout.ts';
import {
  type FileReference,
  type Layer,
  type Manifest,
  maxManifestBytes,
  parseManifest,
  type SubnetEntry,
} from './manifest.ts';
import { type LayerTable, readTable } from './table.ts';
import { validateManifest } from './validate.ts';
import { manifestFile } from './validateFiles.ts';

/** For whatever reads a model's files. */
export interface ReadOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called as bytes arrive. `totalBytes` is the manifest's figure; unknown (null) for model.json. */
  readonly onProgress?: ((progress: ReadProgress) => void) | undefined;
}

/** How far one file has come. */
export interface ReadProgress {
  readonly file: string;
  readonly loadedBytes: number;
  /** Those of `loadedBytes` that did not have to be downloaded: they were kept from an earlier visit. */
  readonly cachedBytes: number;
  readonly totalBytes: number | null;
}

/** What a `ReadFile` is told. */
export interface ReadFileOptions extends ReadOptions {
  /** What was read before is not the file: read it past every cache. */
  readonly isRetry?: boolean;
}

/** Brings one file of the model: over the network, from a disk, from a test's memory. */
export type ReadFile = (
  file: string,
  expected: FileReference | null,
  options: ReadFileOptions,
) => Promise<Uint8Array<ArrayBuffer>>;

/** The packed weights of one file, verified. */
export interface WeightPack {
  /** Which bit-width's pack this is, or `shared` for the layers that have the same weights in all. */
  readonly id: BitWidth | 'shared';
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** An open model: a checked manifest, and its files on demand. */
export interface Model {
  readonly manifest: Manifest;
  /** @throws RtfqError `MODEL_FETCH_FAILED` | `MODEL_INTEGRITY` | `MODEL_FORMAT` | `ABORTED` */
  readPack(id: WeightPack['id'], options?: ReadOptions): Promise<WeightPack>;
  /** One table per layer, in the manifest's order. @throws RtfqError as `readPack` */
  readTable(subnet: SubnetEntry, options?: ReadOptions): Promise<readonly LayerTable[]>;
}

/**
 * Reads and checks `model.json`; packs and tables are read, and checked, when they are asked for.
 * @throws RtfqError `MODEL_FORMAT` | `MODEL_INTEGRITY` | `ABORTED` | whatever `readFile` throws
 */
export async function openModel(readFile: ReadFile, options: ReadOptions = {}): Promise<Model> {
  expectHashing();
  const bytes = await readFile(manifestFile, null, options);
  throwIfAborted(options.signal);
  if (bytes.length > maxManifestBytes) {
    throw new RtfqError('MODEL_FORMAT', 'model.json is too long', {
      got: `${bytes.length} bytes`,
      expected: `at most ${maxManifestBytes}`,
    });
  }
  const manifest = parseManifest(decodeUtf8(bytes));
  validateManifest(manifest);

  const readOnce = async (reference: FileReference, readOptions: ReadFileOptions) => {
    const bytes = await readFile(reference.file, reference, readOptions);
    throwIfAborted(readOptions.signal);
    await verifyFile(reference, bytes);
    return bytes;
  };

  // A cache on the way may hold another version of the file, or a damaged one: it is asked for once more.
  const readVerified = (reference: FileReference, readOptions: ReadOptions) =>
    readOnce(reference, readOptions).catch((thrown) => {
      if (RtfqError.from(thrown).code !== 'MODEL_INTEGRITY') throw thrown;
      return readOnce(reference, { ...readOptions, isRetry: true });
    });

  return {
    manifest,
    async readPack(id, readOptions = {}) {
      const { shared, perBits } = manifest.packs;
      const reference = id === 'shared' ? shared : perBits[manifest.bits.indexOf(id)];
      if (reference === undefined) {
        throw new RtfqError('UNKNOWN_SUBNET', 'the model has no such bit-width', {
          got: id,
          expected: manifest.bits,
        });
      }
      return { id, bytes: await readVerified(reference, readOptions) };
    },
    async readTable(subnet, readOptions = {}) {
      const bytes = await readVerified(subnet.table, readOptions);
      return readTable(manifest, manifest.widths.indexOf(subnet.width), bytes);
    },
  };
}

function decodeUtf8(bytes: Uint8Array): string {
  try {
    // Otherwise what is no text would be replaced by what is, and read.
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new RtfqError('MODEL_FORMAT', 'model.json is not UTF-8', {
      hint: 'it is damaged, or was saved in another encoding',
      cause,
    });
  }
}

/** A model whose packs are read once by several readers, until `forget` is called. */
export function rememberPacks({ readPack, ...model }: Model): { model: Model; forget(): void } {
  let packs: Map<WeightPack['id'], Promise<WeightPack>> | null = new Map();
  return {
    model: {
      ...model,
      readPack(id, options) {
        const read = packs?.get(id) ?? readPack(id, options);
        packs?.set(id, read);
        read.catch(() => packs?.delete(id));
        return read;
      },
    },
    forget() {
      packs = null;
    },
  };
}

/** The pack that holds a layer's weights for one bit-width of the model, and where, at how many bits. */
export function locateWeights(
  manifest: Manifest,
  layer: Layer,
  modelBits: BitWidth,
): { readonly pack: WeightPack['id']; readonly offset: number; readonly bits: BitWidth } {
  const weights = layer.weights!;
  if (weights.pack === 'shared') {
    return { pack: 'shared', offset: weights.offset, bits: weights.bits };
  }
  const index = manifest.bits.indexOf(modelBits);
  return { pack: modelBits, offset: weights.offsets[index]!, bits: weights.bits[index]! };
}

/** One layer's weights, unpacked, in cell order at full width (see `weightIndex`). */
export function readLayerWeights(
  pack: WeightPack,
  layer: Layer,
  location: { readonly offset: number; readonly bits: BitWidth },
): Int8Array {
  const { offset, bits } = location;
  const bytes = packedBytes(weightLayout(layer), bits);
  return unpackWeights(pack.bytes.subarray(offset, offset + bytes), bits);
}
