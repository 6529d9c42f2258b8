import { fromCells, weightLayout } from './layout.ts';
import type { Layer, Manifest, SubnetEntry } from './manifest.ts';
import { locateWeights, readLayerWeights, type WeightPack } from './reader.ts';
import type { LayerTable } from './table.ts';

/**
 * One layer's weights as plain numbers, batch norm folded in: a layer computes
 * y = multiplier * sum(q_w * x / inputStep) + bias, so they are q_w * multiplier / inputStep, and the bias
 * goes with them as it is.
 * @param packs the model's shared pack and that of the subnet's bit-width
 * @returns [out][kernel position][in], without the last for depthwise, at the subnet's width
 */
export function floatWeights(
  manifest: Manifest,
  { width, bits }: Pick<SubnetEntry, 'width' | 'bits'>,
  packs: readonly WeightPack[],
  layer: Layer,
  { multiplier, inputStep }: LayerTable,
): Float32Array {
  const location = locateWeights(manifest, layer, bits);
  const pack = packs.find(({ id }) => id === location.pack)!;
  const widthIndex = manifest.widths.indexOf(width);
  const integers = fromCells(
    readLayerWeights(pack, layer, location),
    weightLayout(layer),
    layer.outChannels[widthIndex]!,
    layer.inChannels[widthIndex]!,
  );
  const perOutput = integers.length / multiplier.length;
  return Float32Array.from(
    integers,
    (q, i) => (q * multiplier[Math.floor(i / perOutput)]!) / inputStep,
  );
}
