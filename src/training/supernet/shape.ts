import { isPooling } from '../../model/manifest.ts';
import { imageName } from '../../model/validate.ts';
import {
  layerBits,
  type PinnedBits,
  sliceChannels,
  type Topology,
  type TopologyLayer,
} from '../../network/topology.ts';
import {
  activationRange,
  type BitWidth,
  type IntegerRange,
  weightRange,
} from '../../quant/bits.ts';

/** What a supernet is made of, without its numbers: plain data. */
export interface SupernetShape {
  readonly topology: Topology;
  /** Each dimension's values, largest first; the first width is 1. */
  readonly widths: readonly number[];
  readonly bits: readonly BitWidth[];
  readonly pinnedBits: PinnedBits;
  /** Whole pixel value, per RGB channel, that the network reads as zero. */
  readonly zeroPoint: readonly [number, number, number];
}

/** A layer as one width and bit-width of the supernet has it. Parameters are referred to by name. */
export interface SupernetLayer {
  readonly layer: TopologyLayer;
  readonly inChannels: number;
  readonly outChannels: number;
  /** null for pooling */
  readonly weight: QuantizedParameter | null;
  /** null where the layer reads the image */
  readonly input: InputQuantizer | null;
  /** Of convolutions only. */
  readonly batchNorm: { readonly gamma: string; readonly beta: string } | null;
  /** Of fully connected layers only. */
  readonly bias: string | null;
}

export interface InputQuantizer {
  readonly step: string;
  readonly range: IntegerRange;
}

export interface QuantizedParameter extends InputQuantizer {
  readonly name: string;
  readonly bits: BitWidth;
}

/** The layers of a subnet; resolution makes no difference to them. */
export function supernetLayers(
  { topology, pinnedBits }: SupernetShape,
  width: number,
  bits: BitWidth,
): readonly SupernetLayer[] {
  return topology.layers.map((layer): SupernetLayer => {
    const own = layerBits(layer, bits, pinnedBits);
    const { name, op } = layer;
    const isConvolution = op === 'conv' || op === 'depthwise';
    return {
      layer,
      inChannels: layer.slicesIn ? sliceChannels(layer.inChannels, width) : layer.inChannels,
      outChannels: layer.slicesOut ? sliceChannels(layer.outChannels, width) : layer.outChannels,
      weight: isPooling(layer)
        ? null
        : {
            name: `${name}/weight`,
            bits: own.weight,
            // By the weights' own bits: where these are pinned, all bit-widths share step and integers.
            step: `${name}/weightStep/${own.weight}`,
            range: weightRange(own.weight),
          },
      input:
        layer.input === imageName
          ? null
          : {
              step: `${name}/inputStep/${bits}`,
              range: activationRange(own.input, layer.inputSigned),
            },
      batchNorm: isConvolution
        ? { gamma: `${name}/gamma/${width}/${bits}`, beta: `${name}/beta/${width}/${bits}` }
        : null,
      bias: op === 'fullyConnected' ? `${name}/bias` : null,
    };
  });
}
