import { RtfqError } from '../../errors.ts';
import { isPooling } from '../../model/manifest.ts';
import type { ModelContents, SubnetContents } from '../../model/writer.ts';
import { subnetCost } from '../../network/cost.ts';
import { formatSubnet } from '../../network/subnet.ts';
import {
  defaultPinnedBits,
  layerBits,
  manifestLayers,
  type PinnedBits,
} from '../../network/topology.ts';
import type { BitWidth } from '../../quant/bits.ts';
import { sortChannels } from '../channelOrder.ts';
import type { FloatNetwork } from '../floatNetwork.ts';
import { FloatProgram } from '../floatProgram.ts';
import { type CalibrationImages, pause } from './calibration.ts';
import { fitTables } from './fitTables.ts';
import { measureFloatStatistics } from './floatStatistics.ts';
import { imageZeroPoint } from './foldedImage.ts';
import { WeightBank } from './weightBank.ts';

/** For `quantizeNetwork`. */
export interface QuantizeOptions {
  readonly network: FloatNetwork;
  /** Pictures at each of the resolutions: some dozens, like those to be classified, without labels. */
  readonly images: CalibrationImages;
  /** Each dimension's values, largest first. Full width, 1, must be among the widths. */
  readonly widths: readonly number[];
  readonly resolutions: readonly number[];
  readonly bits: readonly BitWidth[];
  readonly pinned?: PinnedBits;
  /** What the manifest says besides. */
  readonly description: Pick<ModelContents, 'name' | 'classes' | 'provenance'> & {
    readonly cropFraction: number;
  };
  /** Called before each piece of work. */
  readonly onProgress?: ((progress: QuantizeProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** How far `quantizeNetwork` has come. */
export interface QuantizeProgress {
  readonly done: number;
  readonly total: number;
  /** What is being done, in words. */
  readonly activity: string;
}

/**
 * Quantizes a trained network without training it further, every subnet of it: least-squares steps for
 * weights (per output channel) and activations (per tensor), then tables per subnet that give each
 * layer's output the float network's mean and variance. Needs a tfjs backend to be set.
 * @throws RtfqError `INVALID_ARGUMENT` | `ABORTED`
 */
export async function quantizeNetwork(options: QuantizeOptions): Promise<ModelContents> {
  const { widths, resolutions, bits, description, signal } = options;
  const { cropFraction, ...named } = description;
  const pinned = options.pinned ?? defaultPinnedBits;
  checkOptions(options);
  const network = widths.length > 1 ? sortChannels(options.network) : options.network;
  const progress = new Progress(options);

  const bank = new WeightBank(network, bits, pinned);
  for (const index of network.layers.keys()) {
    await pause(signal);
    bank.roundLayer(index);
    progress.advance('rounding the weights');
  }

  const zeroPoint = imageZeroPoint(network.normalisation);
  const layers = manifestLayers(network.topology, { widths, bits }, pinned);
  const costOf = (subnet: Parameters<typeof subnetCost>[1]) =>
    subnetCost({ layers, widths, bits }, subnet, (layer, index) =>
      isPooling(layer) ? null : layerBits(layer, bits[index]!, pinned).weight,
    );
  const subnets: SubnetContents[] = [];
  const program = new FloatProgram(network);
  try {
    for (const resolution of resolutions) {
      const pictures = options.images.get(resolution)!;
      const target = await measureFloatStatistics(program, pictures, resolution, signal);
      progress.advance(`measured the float network at ${resolution} px`);
      for (const subnet of subnetsAt(resolution, options)) {
        const tables = await fitTables({
          layers: bank.layersOf(subnet),
          pictures,
          side: resolution,
          zeroPoint,
          target,
          signal,
          onLayer: () => progress.advance(`calibrating subnet ${formatSubnet(subnet)}`),
        });
        subnets.push({ ...subnet, tables, cost: costOf(subnet) });
      }
    }
  } finally {
    program.dispose();
  }
  return {
    ...named,
    topology: network.topology.name,
    input: { zeroPoint, cropFraction },
    widths,
    resolutions,
    bits,
    layers,
    weights: bank.stored(),
    subnets,
  };
}

function subnetsAt(resolution: number, { widths, bits }: QuantizeOptions) {
  return widths.flatMap((width) => bits.map((b) => ({ width, resolution, bits: b })));
}

function checkOptions({
  network,
  images,
  widths,
  resolutions,
  description,
}: QuantizeOptions): void {
  const outputs = network.topology.layers.at(-1)!.outChannels;
  if (description.classes.length !== outputs) {
    throw new RtfqError('INVALID_ARGUMENT', 'the class names do not fit the network', {
      got: `${description.classes.length} names`,
      expected: `${outputs}, one per output`,
    });
  }
  if (widths[0] !== 1) {
    throw new RtfqError('INVALID_ARGUMENT', 'the widths lack the full one', {
      got: widths,
      expected: '1 as the largest',
    });
  }
  for (const resolution of resolutions) {
    if ((images.get(resolution)?.length ?? 0) > 0) continue;
    throw new RtfqError('INVALID_ARGUMENT', 'no calibration pictures', {
      got: `none at ${resolution} px`,
      expected: 'at least one per resolution',
    });
  }
}

/** Counts work in units of a layer. */
class Progress {
  readonly #total: number;
  readonly #report: QuantizeOptions['onProgress'];
  #done = 0;

  constructor({ network, widths, resolutions, bits, onProgress }: QuantizeOptions) {
    const layers = network.layers.length;
    this.#total = layers + resolutions.length * (1 + widths.length * bits.length * layers);
    this.#report = onProgress;
  }

  advance(activity: string): void {
    this.#done++;
    this.#report?.({ done: this.#done, total: this.#total, activity });
  }
}
