import type { Cost, Layer, Manifest } from '../model/manifest.ts';
import { imageName } from '../model/validate.ts';
import { outputSize, type Size } from './geometry.ts';
import type { Subnet } from './subnet.ts';

/** The layers' weights need only their bits here, so that the cost is known before anything is packed. */
export type WeightBitsOf = (layer: Omit<Layer, 'weights'>, bitsIndex: number) => number | null;

type Layers = readonly Omit<Layer, 'weights'>[];

/**
 * Multiply-adds, bit operations (sum over layers of MACs * weight bits * input bits, the usual BitOPs) and
 * bytes of one subnet's weights, without what fills up the packing's cells. Pooling, additions and
 * quantization are not counted.
 */
export function subnetCost(
  { layers, widths, bits }: Pick<Manifest, 'widths' | 'bits'> & { readonly layers: Layers },
  subnet: Subnet,
  weightBitsOf: WeightBitsOf,
): Cost {
  const widthIndex = widths.indexOf(subnet.width);
  const bitsIndex = bits.indexOf(subnet.bits);
  const sizes = new Map<string, Size>([
    [imageName, { height: subnet.resolution, width: subnet.resolution }],
  ]);
  let macs = 0;
  let bitOps = 0;
  let weightBytes = 0;
  for (const layer of layers) {
    const size = outputSize(layer, sizes.get(layer.input)!);
    sizes.set(layer.name, size);
    const weightBits = weightBitsOf(layer, bitsIndex);
    if (weightBits === null) continue;
    const depth = layer.op === 'depthwise' ? 1 : layer.inChannels[widthIndex]!;
    const weights = layer.outChannels[widthIndex]! * layer.kernel[0] * layer.kernel[1] * depth;
    const layerMacs = weights * size.height * size.width;
    macs += layerMacs;
    bitOps += layerMacs * weightBits * layer.inputBits[bitsIndex]!;
    weightBytes += Math.ceil((weights * weightBits) / 8);
  }
  return { macs, bitOps, weightBytes };
}
