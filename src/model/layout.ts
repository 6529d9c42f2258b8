import type { BitWidth } from '../quant/bits.ts';
import { cellBytes, cellWeights } from '../quant/packing.ts';
import type { Layer } from './manifest.ts';

/** Output channels of a cell of a dense layer. */
export const cellOutChannels = 8;
/** Input channels of a cell of a dense layer. */
export const cellInChannels = 4;

/** Sizes that say in which order a layer's weights are stored. See SPEC.md, "Order of the weights". */
export interface WeightLayout {
  readonly depthwise: boolean;
  /** Kernel positions, row by row. */
  readonly taps: number;
  readonly inChannels: number;
  readonly outChannels: number;
  /** Groups of output channels: 8 (dense) or 32 (depthwise) each. */
  readonly outGroups: number;
  /** Groups of 4 input channels; 1 for depthwise. */
  readonly inGroups: number;
  readonly cells: number;
}

/** The layout of a layer's weights at full width; narrower widths read a prefix of each dimension. */
export function weightLayout(
  layer: Pick<Layer, 'op' | 'kernel' | 'inChannels' | 'outChannels'>,
): WeightLayout {
  const depthwise = layer.op === 'depthwise';
  const taps = layer.kernel[0] * layer.kernel[1];
  const inChannels = layer.inChannels[0]!;
  const outChannels = layer.outChannels[0]!;
  const outGroups = Math.ceil(outChannels / (depthwise ? cellWeights : cellOutChannels));
  const inGroups = depthwise ? 1 : Math.ceil(inChannels / cellInChannels);
  return {
    depthwise,
    taps,
    inChannels,
    outChannels,
    outGroups,
    inGroups,
    cells: outGroups * taps * inGroups,
  };
}

/** Packed bytes of a layer's weights. */
export function packedBytes(layout: WeightLayout, bits: BitWidth): number {
  return layout.cells * cellBytes(bits);
}

/**
 * Index, in the unpacked cells, of the weight of output channel `o`, kernel position `tap` and input
 * channel `i` (0 for depthwise).
 */
export function weightIndex(layout: WeightLayout, o: number, tap: number, i: number): number {
  if (layout.depthwise) {
    const group = Math.floor(o / cellWeights);
    return (group * layout.taps + tap) * cellWeights + (o % cellWeights);
  }
  const group = Math.floor(o / cellOutChannels);
  const cell = (group * layout.taps + tap) * layout.inGroups + Math.floor(i / cellInChannels);
  return cell * cellWeights + (o % cellOutChannels) * cellInChannels + (i % cellInChannels);
}

/**
 * Puts weights given as [out][tap][in] (OHWI; [out][tap] for depthwise) into cell order, padded with zeros.
 */
export function toCells(weightsOhwi: Int8Array, layout: WeightLayout): Int8Array {
  const inChannels = layout.depthwise ? 1 : layout.inChannels;
  const cells = new Int8Array(layout.cells * cellWeights);
  for (let o = 0, at = 0; o < layout.outChannels; o++) {
    for (let tap = 0; tap < layout.taps; tap++) {
      for (let i = 0; i < inChannels; i++, at++) {
        cells[weightIndex(layout, o, tap, i)] = weightsOhwi[at]!;
      }
    }
  }
  return cells;
}

/** The inverse of `toCells`, for the first `outChannels` x `inChannels` channels. */
export function fromCells(
  cells: Int8Array,
  layout: WeightLayout,
  outChannels = layout.outChannels,
  inChannels = layout.inChannels,
): Int8Array {
  const depth = layout.depthwise ? 1 : inChannels;
  const weightsOhwi = new Int8Array(outChannels * layout.taps * depth);
  for (let o = 0, at = 0; o < outChannels; o++) {
    for (let tap = 0; tap < layout.taps; tap++) {
      for (let i = 0; i < depth; i++, at++) {
        weightsOhwi[at] = cells[weightIndex(layout, o, tap, i)]!;
      }
    }
  }
  return weightsOhwi;
}
