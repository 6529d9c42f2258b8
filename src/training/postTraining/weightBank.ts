import { isPooling } from '../../model/manifest.ts';
import { imageName } from '../../model/validate.ts';
import type { IntegerWeights } from '../../model/writer.ts';
import type { Subnet } from '../../network/subnet.ts';
import {
  layerBits,
  type PinnedBits,
  sliceChannels,
  type TopologyLayer,
} from '../../network/topology.ts';
import { activationRange, type BitWidth } from '../../quant/bits.ts';
import type { FloatNetwork } from '../floatNetwork.ts';
import type { SubnetLayer } from './fitTables.ts';
import { foldImageNormalisation } from './foldedImage.ts';
import { type QuantizedWeights, quantizeWeights, sliceWeights } from './integerWeights.ts';

/** The integer weights of a network, rounded once per layer and bit-width, shared by all its subnets. */
export class WeightBank {
  readonly #network: FloatNetwork;
  readonly #bits: readonly BitWidth[];
  readonly #pinned: PinnedBits;
  /** By layer name; one entry for each bit-width that the layer has in any subnet. */
  readonly #weights = new Map<string, readonly QuantizedWeights[]>();

  constructor(network: FloatNetwork, bits: readonly BitWidth[], pinned: PinnedBits) {
    this.#network = network;
    this.#bits = bits;
    this.#pinned = pinned;
  }

  /** To be called for each layer before anything is read; slow, and so layer by layer. */
  roundLayer(index: number): void {
    const { layers, normalisation } = this.#network;
    const own = layers[index]!;
    const { layer } = own;
    if (isPooling(layer)) return;
    // The bias is not read: tables are fitted to the mean of what the float layer puts out.
    const { weightsOhwi } =
      layer.input === imageName ? foldImageNormalisation(own, normalisation) : own;
    const distinctBits = new Set(
      this.#bits.map((bits) => layerBits(layer, bits, this.#pinned).weight),
    );
    this.#weights.set(
      layer.name,
      [...distinctBits].map((bits) => quantizeWeights(weightsOhwi, layer.outChannels, bits)),
    );
  }

  /** For the model writer: a layer that has the same bits in all bit-widths is stored once. */
  stored(): ReadonlyMap<string, IntegerWeights> {
    const stored = new Map<string, IntegerWeights>();
    for (const layer of this.#network.topology.layers) {
      const own = this.#weights.get(layer.name);
      if (own === undefined) continue;
      const [only] = own;
      stored.set(
        layer.name,
        own.length === 1
          ? withoutSteps(only!)
          : this.#bits.map((bits) => withoutSteps(this.#at(layer, bits)!)),
      );
    }
    return stored;
  }

  /** A subnet's layers, sliced to its width. */
  layersOf(subnet: Subnet): readonly SubnetLayer[] {
    const channels = (count: number, slices: boolean) =>
      slices ? sliceChannels(count, subnet.width) : count;
    return this.#network.topology.layers.map((layer) => {
      const inChannels = channels(layer.inChannels, layer.slicesIn);
      const outChannels = channels(layer.outChannels, layer.slicesOut);
      const depth = layer.op === 'depthwise' ? 1 : inChannels;
      const taps = layer.kernel[0] * layer.kernel[1];
      const weights = this.#at(layer, subnet.bits);
      const inputBits = layerBits(layer, subnet.bits, this.#pinned).input;
      return {
        layer,
        inChannels,
        outChannels,
        inputRange: activationRange(inputBits, layer.inputSigned),
        weights: weights === null ? null : sliceWeights(weights, taps, { outChannels, depth }),
      };
    });
  }

  #at(layer: TopologyLayer, modelBits: BitWidth): QuantizedWeights | null {
    const { weight } = layerBits(layer, modelBits, this.#pinned);
    return this.#weights.get(layer.name)?.find(({ bits }) => bits === weight) ?? null;
  }
}

function withoutSteps({ bits, weightsOhwi }: QuantizedWeights) {
  return { bits, weightsOhwi };
}
