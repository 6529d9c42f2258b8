import { RtfqError } from '../../errors.ts';
import { type ConvWeightOrder, orderConvWeights } from '../../kernels/conv/order.ts';
import { orderDepthwise3x3Weights } from '../../kernels/depthwise/depthwise3x3.ts';
import { orderDepthwiseWeights } from '../../kernels/depthwise/order.ts';
import { cellInChannels, cellOutChannels, weightLayout } from '../../model/layout.ts';
import type { Layer, Manifest } from '../../model/manifest.ts';
import { locateWeights, readLayerWeights, type WeightPack } from '../../model/reader.ts';
import type { BitWidth } from '../../quant/bits.ts';
import { zeroPointShare } from '../zeroPointShare.ts';
import type { Address, Heap } from './heap.ts';
import { padChannels } from './strides.ts';

/** A layer's weights in linear memory, at full width; narrower subnets read a prefix of each dimension. */
export interface ResidentWeights {
  readonly address: Address;
  /** Bytes from one group of 8 output channels to the next, and from one tap to the next. */
  readonly groupStride: number;
  readonly tapStride: number;
}

interface ResidentPack {
  readonly pack: WeightPack;
  readonly byLayer: Map<string, ResidentWeights>;
}

/** The weights that are in linear memory, each once per order in which a kernel reads it. */
export class WeightBank {
  readonly #heap: Heap;
  readonly #packs = new Map<WeightPack['id'], ResidentPack>();
  #manifest: Manifest | null = null;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  /** A pack that is resident already is not loaded again. */
  load(manifest: Manifest, pack: WeightPack): void {
    this.#manifest = manifest;
    if (!this.#packs.has(pack.id)) this.#packs.set(pack.id, { pack, byLayer: new Map() });
  }

  unload(id: WeightPack['id']): void {
    for (const { address } of this.#packs.get(id)?.byLayer.values() ?? []) this.#heap.free(address);
    this.#packs.delete(id);
  }

  conv(layer: Layer, bits: BitWidth, order: ConvWeightOrder): ResidentWeights {
    return this.#resident(layer, bits, order, (cells) => {
      const layout = weightLayout(layer);
      // As many inputs as a pixel has bytes: see `pixelStride`.
      const stride = layer.input === 'image' ? cellInChannels : padChannels(layout.inChannels);
      const ordered = orderConvWeights(cells, layout, stride / cellInChannels, order);
      const tapStride = stride * cellOutChannels * ordered.BYTES_PER_ELEMENT;
      return { ordered, tapStride, groupStride: tapStride * layout.taps };
    });
  }

  depthwise(layer: Layer, bits: BitWidth): ResidentWeights {
    return this.#resident(layer, bits, 'depthwise', (cells) => {
      const { taps, outChannels } = weightLayout(layer);
      const ordered = orderDepthwiseWeights(cells, taps, padChannels(outChannels));
      return { ordered, tapStride: 0, groupStride: 0 };
    });
  }

  /** For `depthwise3x3`. */
  depthwise3x3(layer: Layer, bits: BitWidth): ResidentWeights {
    return this.#resident(layer, bits, 'depthwise3x3', (cells) => {
      const channels = padChannels(weightLayout(layer).outChannels);
      const ordered = orderDepthwise3x3Weights(cells, channels, layer.stride);
      return { ordered, tapStride: 0, groupStride: 0 };
    });
  }

  /** What the kernels' sums must start from: see `zeroPointShare`. At least as many as the layer has channels. */
  zeroPointShare(layer: Layer, bits: BitWidth, zeroPoints: readonly number[]): Int32Array {
    const layout = weightLayout(layer);
    const share = new Int32Array(padChannels(layout.outChannels));
    share.set(zeroPointShare(this.#cells(layer, bits), layout, zeroPoints));
    return share;
  }

  #resident(
    layer: Layer,
    bits: BitWidth,
    order: string,
    arrange: (
      cells: Int8Array,
    ) => Omit<ResidentWeights, 'address'> & { ordered: Int8Array | Int16Array },
  ): ResidentWeights {
    const { byLayer } = this.#pack(layer, bits);
    const key = `${layer.name}/${order}`;
    const known = byLayer.get(key);
    if (known !== undefined) return known;
    const { ordered, ...strides } = arrange(this.#cells(layer, bits));
    const resident = { address: this.#heap.store(ordered), ...strides };
    byLayer.set(key, resident);
    return resident;
  }

  #cells(layer: Layer, bits: BitWidth): Int8Array {
    const location = locateWeights(this.#manifest!, layer, bits);
    return readLayerWeights(this.#pack(layer, bits).pack, layer, location);
  }

  #pack(layer: Layer, bits: BitWidth): ResidentPack {
    const { pack: id } = locateWeights(this.#manifest!, layer, bits);
    const resident = this.#packs.get(id);
    if (resident === undefined) {
      throw new RtfqError('INTERNAL', `weight pack ${id} is not resident`);
    }
    return resident;
  }
}
