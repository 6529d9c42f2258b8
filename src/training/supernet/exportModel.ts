import type { Accuracy } from '../../model/manifest.ts';
import type { ModelContents } from '../../model/writer.ts';
import { subnetCost } from '../../network/cost.ts';
import { formatSubnet, type Subnet } from '../../network/subnet.ts';
import { manifestLayers } from '../../network/topology.ts';
import type { StatisticsBySubnet } from './calibrate.ts';
import { exportTables } from './exportTables.ts';
import { exportWeights } from './exportWeights.ts';
import type { ParameterValues } from './parameters.ts';
import { type SupernetShape, supernetLayers } from './shape.ts';

export interface ExportOptions {
  readonly shape: SupernetShape;
  readonly values: ParameterValues;
  /** Largest first; the subnets are all combinations with the shape's widths and bits. */
  readonly resolutions: readonly number[];
  /** Of every subnet: what `calibrateSubnets` measured. */
  readonly statistics: StatisticsBySubnet;
  /** What the manifest says besides. */
  readonly description: Pick<ModelContents, 'name' | 'classes' | 'provenance'> & {
    readonly cropFraction: number;
  };
  readonly accuracyOf?: ((subnet: Subnet) => Accuracy | undefined) | undefined;
}

/** The trained supernet as a model: what `writeModel` writes and every backend runs. */
export function exportModel(options: ExportOptions): ModelContents {
  const { shape, values, resolutions, statistics, description, accuracyOf } = options;
  const { topology, widths, bits, pinnedBits, zeroPoint } = shape;
  const { cropFraction, ...named } = description;
  const layers = manifestLayers(topology, { widths, bits }, pinnedBits);
  const subnets = widths.flatMap((width) =>
    resolutions.flatMap((resolution) => bits.map((b): Subnet => ({ width, resolution, bits: b }))),
  );
  return {
    ...named,
    topology: topology.name,
    input: { zeroPoint: [...zeroPoint], cropFraction },
    widths,
    resolutions,
    bits,
    layers,
    weights: exportWeights(shape, values),
    subnets: subnets.map((subnet) => {
      const weightBits = new Map(
        supernetLayers(shape, subnet.width, subnet.bits).map(({ layer, weight }) => [
          layer.name,
          weight?.bits ?? null,
        ]),
      );
      return {
        ...subnet,
        tables: exportTables(shape, values, statistics.get(formatSubnet(subnet))!, subnet),
        cost: subnetCost({ layers, widths, bits }, subnet, ({ name }) => weightBits.get(name)!),
        accuracy: accuracyOf?.(subnet),
      };
    }),
  };
}
