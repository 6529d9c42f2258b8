import { isPooling, type SubnetEntry } from '../../src/model/manifest.ts';
import { subnetCost } from '../../src/network/cost.ts';
import { mobilenetv2 } from '../../src/network/mobilenetv2.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import { defaultPinnedBits, layerBits, manifestLayers } from '../../src/network/topology.ts';

const widths = [1, 0.9, 0.8, 0.7];
const resolutions = [224, 192, 160, 128];
const bits = [8, 6, 4] as const;

/**
 * The subnets of a MobileNetV2 as it is trained to be shipped: real costs, and accuracies from 88 down to 80 %
 * as such tables have them, the largest steps at the bottom.
 */
export function fortyEightSubnets(): readonly SubnetEntry[] {
  const topology = mobilenetv2(31, 'torch');
  const layers = manifestLayers(topology, { widths, bits });
  const weightBits = (layer: { readonly name: string }, bitsIndex: number) => {
    const own = topology.layers.find(({ name }) => name === layer.name)!;
    return isPooling(own) ? null : layerBits(own, bits[bitsIndex]!, defaultPinnedBits).weight;
  };
  const subnets = widths.flatMap((width) =>
    resolutions.flatMap((resolution) => bits.map((b) => ({ width, resolution, bits: b }))),
  );
  return subnets.map((subnet) => ({
    ...subnet,
    table: { file: 'table.bin', sizeBytes: 147_152, sha256: '0'.repeat(64) },
    cost: subnetCost({ layers, widths, bits }, subnet, weightBits),
    accuracy: { top1: inventedTop1(subnet), top5: 0.98, images: 795, dataset: 'invented' },
  }));
}

function inventedTop1({ width, resolution, bits: b }: Subnet): number {
  const lost =
    0.2 * (1 - width) ** 1.5 + 0.05 * ((224 - resolution) / 96) ** 1.7 + (b === 4 ? 0.012 : 0);
  return Math.round(1e4 * (0.88 - lost + (b === 6 ? 0.001 : 0))) / 1e4;
}
