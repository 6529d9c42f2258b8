import type { IntegerWeights } from '../../model/writer.ts';
import { inverseOfStep, requantize } from '../../quant/round.ts';
import type { ParameterValues } from './parameters.ts';
import { type QuantizedParameter, type SupernetShape, supernetLayers } from './shape.ts';
import { outChannelsFirst } from './weightOrder.ts';

/** By layer name: the integers that fake quantization computes with, at full width. */
export function exportWeights(
  shape: SupernetShape,
  values: ParameterValues,
): ReadonlyMap<string, IntegerWeights> {
  const perBits = shape.bits.map((bits) => supernetLayers(shape, 1, bits));
  const exported = new Map<string, IntegerWeights>();
  shape.topology.layers.forEach(({ name, outChannels }, index) => {
    const own = perBits.map((layers) => layers[index]!.weight).filter((weight) => weight !== null);
    if (own.length === 0) return;
    const integers = own.map((weight) => integerWeights(weight, values, outChannels));
    // Where the bits are pinned, all bit-widths have the same integers: they are stored once.
    const isShared = own.every(({ bits }) => bits === own[0]!.bits);
    exported.set(name, isShared ? integers[0]! : integers);
  });
  return exported;
}

function integerWeights(
  { name, step, bits, range }: QuantizedParameter,
  values: ParameterValues,
  outChannels: number,
) {
  const latent = values.get(name)!;
  const inverses = values.get(step)!.map(inverseOfStep);
  const integers = new Int8Array(latent.length);
  latent.forEach((value, i) => {
    integers[i] = requantize(value, inverses[i % outChannels]!, range);
  });
  return { bits, weightsOhwi: outChannelsFirst(integers, outChannels) };
}
