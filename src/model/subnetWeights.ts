import { fromCells, weightLayout } from './layout.ts';
import type { Layer, Manifest, SubnetEntry } from './manifest.ts';
import { locateWeights, readLayerWeights, type WeightPack } from './reader.ts';
import type { LayerTable } from './table.ts';

/**
 * One layer's integer weights at a subnet's width.
 * @param packs the model's shared pack and that of the subnet's bit-width
 * @returns [out][kernel position][in], without the last for depthwise
 */
export function integerWeights(
  manifest: Manifest,
  { width, bits }: Pick<SubnetEntry, 'width' | 'bits'>,
  packs: readonly WeightPack[],
  layer: Layer,
): Int8Array {
  const location = locateWeights(manifest, layer, bits);
  const pack = packs.find(({ id }) => id === location.pack)!;
  const widthIndex = manifest.widths.indexOf(width);
  return fromCells(
    readLayerWeights(pack, layer, location),
    weightLayout(layer),
    layer.outChannels[widthIndex]!,
    layer.inChannels[widthIndex]!,
  );
}

/**
 * The same as plain numbers, batch norm folded in: a layer computes
 * y = multiplier * sum(q_w * x / inputStep) + bias, so they are q_w * multiplier / inputStep, and the bias
 * goes with them as it is.
 */
export function floatWeights(
  integers: Int8Array,
  { multiplier, inputStep }: LayerTable,
): Float32Array {
  const perOutput = integers.length / multiplier.length;
  return Float32Array.from(
    integers,
    (q, i) => (q * multiplier[Math.floor(i / perOutput)]!) / inputStep,
  );
}
