import { isPooling, type Layer } from '../../src/model/manifest.ts';
import { type Model, openModel, type ReadFile } from '../../src/model/reader.ts';
import type { LayerTable } from '../../src/model/table.ts';
import { imageName } from '../../src/model/validate.ts';
import {
  type IntegerWeights,
  type ModelFiles,
  type SubnetContents,
  writeModel,
} from '../../src/model/writer.ts';
import { subnetCost } from '../../src/network/cost.ts';
import { outputSize, pooledTerms, type Size } from '../../src/network/geometry.ts';
import type { Subnet } from '../../src/network/subnet.ts';
import {
  defaultPinnedBits,
  layerBits,
  manifestLayers,
  type PinnedBits,
  type Topology,
  type TopologyLayer,
} from '../../src/network/topology.ts';
import { activationRange, type BitWidth, weightRange } from '../../src/quant/bits.ts';
import { type Random, seededRandom } from './random.ts';

/** The largest magnitude that the quantizer of an activation covers. */
const activationLimit = 6;

export interface RandomModelOptions {
  readonly topology: Topology;
  readonly classes: readonly string[];
  readonly widths: readonly number[];
  readonly resolutions: readonly number[];
  readonly bits: readonly BitWidth[];
  readonly pinned?: PinnedBits;
  readonly seed: number;
  readonly accuracy?: (subnet: Subnet) => NonNullable<SubnetContents['accuracy']>;
}

/**
 * A model of random weights, as `writeModel` makes it: real files of the real format for tests and
 * benchmarks that need no meaning. Activations are spread over the quantizers' ranges; which class wins
 * depends on the picture.
 */
export async function randomModelFiles(options: RandomModelOptions): Promise<ModelFiles> {
  return new RandomModel(options).files();
}

/** A model's files as `openModel` wants them. */
export function readFrom(files: ModelFiles): ReadFile {
  return async (file) => {
    const bytes = files.get(file);
    if (bytes === undefined) throw new Error(`the model has no file ${file}`);
    return bytes;
  };
}

export async function openRandomModel(options: RandomModelOptions): Promise<Model> {
  return openModel(readFrom(await randomModelFiles(options)));
}

/** A layer in real numbers: what all its subnets approximate. */
interface LatentLayer {
  /** -1 to 1 */
  readonly weightsOhwi: Float32Array;
  /** y = scale * sum(weight * input) + bias */
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

class RandomModel {
  readonly #options: RandomModelOptions;
  readonly #pinned: PinnedBits;
  readonly #layers: readonly Omit<Layer, 'weights'>[];
  readonly #latent: ReadonlyMap<string, LatentLayer>;

  constructor(options: RandomModelOptions) {
    const random = seededRandom(options.seed);
    this.#options = options;
    this.#pinned = options.pinned ?? defaultPinnedBits;
    this.#layers = manifestLayers(options.topology, options, this.#pinned);
    this.#latent = new Map(
      options.topology.layers.map((layer) => [layer.name, latentLayer(layer, random)]),
    );
  }

  async files(): Promise<ModelFiles> {
    const { topology, classes, widths, resolutions, bits, seed } = this.#options;
    const subnets = widths.flatMap((width) =>
      resolutions.flatMap((resolution) => bits.map((b) => ({ width, resolution, bits: b }))),
    );
    return writeModel({
      name: topology.name,
      topology: topology.name,
      classes,
      input: { zeroPoint: [124, 116, 104], cropFraction: 0.875 },
      widths,
      resolutions,
      bits,
      layers: this.#layers,
      weights: this.#integerWeights(),
      subnets: subnets.map((subnet) => this.#subnetContents(subnet)),
      provenance: { generator: 'random weights', command: `seed ${seed}`, sources: [] },
    });
  }

  #integerWeights(): ReadonlyMap<string, IntegerWeights> {
    const weights = new Map<string, IntegerWeights>();
    for (const layer of this.#options.topology.layers) {
      if (isPooling(layer)) continue;
      const { weightsOhwi } = this.#latent.get(layer.name)!;
      const perBits = this.#options.bits.map((b) => layerBits(layer, b, this.#pinned).weight);
      const isShared = perBits.every((b) => b === perBits[0]);
      const rounded = (b: BitWidth) => ({ bits: b, weightsOhwi: roundWeights(weightsOhwi, b) });
      weights.set(layer.name, isShared ? rounded(perBits[0]!) : perBits.map(rounded));
    }
    return weights;
  }

  #subnetContents(subnet: Subnet): SubnetContents {
    const { topology, widths, bits, accuracy } = this.#options;
    const sizes = new Map<string, Size>([
      [imageName, { height: subnet.resolution, width: subnet.resolution }],
    ]);
    const tables = topology.layers.map((layer, i) => {
      const inputSize = sizes.get(layer.input)!;
      sizes.set(layer.name, outputSize(layer, inputSize));
      return this.#layerTable(layer, this.#layers[i]!, subnet, inputSize);
    });
    const weightBits = (layer: Pick<Layer, 'name' | 'op'>, bitsIndex: number) => {
      const own = topology.layers.find(({ name }) => name === layer.name)!;
      return isPooling(own) ? null : layerBits(own, bits[bitsIndex]!, this.#pinned).weight;
    };
    return {
      ...subnet,
      tables,
      cost: subnetCost({ layers: this.#layers, widths, bits }, subnet, weightBits),
      ...(accuracy === undefined ? {} : { accuracy: accuracy(subnet) }),
    };
  }

  #layerTable(
    layer: TopologyLayer,
    { outChannels, inputBits, inputSigned }: Omit<Layer, 'weights'>,
    subnet: Subnet,
    inputSize: Size,
  ): LayerTable {
    const { widths, bits } = this.#options;
    const channels = outChannels[widths.indexOf(subnet.width)]!;
    const { max } = activationRange(inputBits[bits.indexOf(subnet.bits)]!, inputSigned);
    const inputStep = layer.input === imageName ? 1 : Math.fround(activationLimit / max);
    if (isPooling(layer)) {
      return {
        inputStep,
        multiplier: new Float32Array(channels).fill(inputStep / pooledTerms(layer, inputSize)),
        bias: new Float32Array(channels),
      };
    }
    const { scale, bias } = this.#latent.get(layer.name)!;
    const weightBits = layerBits(layer, subnet.bits, this.#pinned).weight;
    const weightStep = 1 / weightRange(weightBits).max;
    return {
      inputStep,
      multiplier: scale.slice(0, channels).map((value) => value * weightStep * inputStep),
      bias: bias.slice(0, channels),
    };
  }
}

function latentLayer(layer: TopologyLayer, random: Random): LatentLayer {
  const between = (low: number, high: number) => low + (high - low) * random();
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels;
  const terms = layer.kernel[0] * layer.kernel[1] * depth;
  const weights = isPooling(layer) ? 0 : layer.outChannels * terms;
  // Keeps outputs spread over the quantizers' range without saturating: weights have a variance of 1/3,
  // pixels reach 128 and activations rarely 6.
  const usualInput = layer.input === imageName ? 60 : 2;
  const usualScale = 2 / (Math.sqrt(terms / 3) * usualInput);
  return {
    weightsOhwi: Float32Array.from({ length: weights }, () => between(-1, 1)),
    scale: Float32Array.from({ length: layer.outChannels }, () => usualScale * between(0.7, 1.4)),
    bias: Float32Array.from({ length: layer.outChannels }, () => between(-0.5, 0.5)),
  };
}

/** Uses the whole range, the lone most negative value included. */
function roundWeights(weights: Float32Array, weightBits: BitWidth): Int8Array {
  const { min, max } = weightRange(weightBits);
  return Int8Array.from(weights, (weight) => Math.max(min, Math.round(weight * (max + 0.5))));
}
