import { RtfqError } from '../../errors.ts';
import { packedBytes, weightLayout } from '../../model/layout.ts';
import type { Layer, Manifest } from '../../model/manifest.ts';
import { locateWeights, readLayerWeights, type WeightPack } from '../../model/reader.ts';
import type { BitWidth } from '../../quant/bits.ts';
import { zeroPointShare } from '../zeroPointShare.ts';
import { type Gpu, offsetAlignment } from './gpu.ts';
import type { BufferRange } from './readback.ts';

interface ResidentPack {
  readonly pack: WeightPack;
  readonly buffer: GPUBuffer;
}

/** Where the kernels find a layer's weights: as they lie in the pack's file. */
export interface ResidentWeights {
  /** The layer's part of the pack, and what lies before it down to a multiple of the alignment. */
  readonly range: BufferRange;
  /** First word of the layer in the range. */
  readonly weightsAt: number;
  /** Groups of four input channels at full width. */
  readonly inGroups: number;
  readonly bits: BitWidth;
}

/** The packs on the GPU, byte for byte; kept here too, for the sums that shares are made of. */
export class WeightPacks {
  readonly #gpu: Gpu;
  readonly #packs = new Map<WeightPack['id'], ResidentPack>();
  #manifest: Manifest | null = null;

  constructor(gpu: Gpu) {
    this.#gpu = gpu;
  }

  /** A pack that is resident already is not loaded again. */
  load(manifest: Manifest, pack: WeightPack): void {
    this.#manifest = manifest;
    if (this.#packs.has(pack.id)) return;
    this.#packs.set(pack.id, { pack, buffer: this.#gpu.store(pack.bytes, GPUBufferUsage.STORAGE) });
  }

  unload(id: WeightPack['id']): void {
    this.#packs.get(id)?.buffer.destroy();
    this.#packs.delete(id);
  }

  weightsOf(layer: Layer, modelBits: BitWidth): ResidentWeights {
    const { buffer, offset, bits } = this.#locate(layer, modelBits);
    const layout = weightLayout(layer);
    const before = offset % offsetAlignment;
    return {
      range: { buffer, offset: offset - before, size: before + packedBytes(layout, bits) },
      weightsAt: before / 4,
      inGroups: layout.inGroups,
      bits,
    };
  }

  zeroPointShare(layer: Layer, modelBits: BitWidth, zeroPoints: readonly number[]): Int32Array {
    const { pack, ...location } = this.#locate(layer, modelBits);
    return zeroPointShare(readLayerWeights(pack, layer, location), weightLayout(layer), zeroPoints);
  }

  dispose(): void {
    for (const { buffer } of this.#packs.values()) buffer.destroy();
    this.#packs.clear();
  }

  #locate(layer: Layer, modelBits: BitWidth) {
    const { pack: id, ...location } = locateWeights(this.#manifest!, layer, modelBits);
    const resident = this.#packs.get(id);
    if (resident === undefined)
      throw new RtfqError('INTERNAL', `weight pack ${id} is not resident`);
    return { ...resident, ...location };
  }
}
