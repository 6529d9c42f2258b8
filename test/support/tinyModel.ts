import type { Layer } from '../../src/model/manifest.ts';
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
import type { Subnet } from '../../src/network/subnet.ts';
import {
  defaultPinnedBits,
  layerBits,
  manifestLayers,
  type TopologyLayer,
} from '../../src/network/topology.ts';
import { activationRange, type BitWidth, weightRange } from '../../src/quant/bits.ts';
import { type Random, seededRandom } from './random.ts';
import { tinyTopology } from './tinyTopology.ts';

const classes = ['ant', 'bee', 'cat', 'dog', 'elk', 'fox', 'gnu', 'hen', 'ibis', 'jay'] as const;
const widths = [1, 0.5] as const;
const resolutions = [32, 24] as const;
const bits: readonly BitWidth[] = [8, 6, 4];

const topology = tinyTopology(classes.length);
const layers = manifestLayers(topology, { widths, bits });
const generator = 'test/support/tinyModel.ts';

/** The largest magnitude that the quantizer of an activation covers. */
const activationLimit = 6;

export interface TinyModelOptions {
  readonly seed?: number;
  /** Whether the manifest records accuracies; invented ones, higher for larger subnets. */
  readonly accuracies?: boolean;
}

/**
 * A model of random weights, 12 subnets and a few kilobytes, as `writeModel` makes it: real files of the
 * real format for tests that need no meaning. Which class wins depends on the picture.
 */
export async function tinyModelFiles(options: TinyModelOptions = {}): Promise<ModelFiles> {
  const { seed = 1, accuracies = true } = options;
  const random = seededRandom(seed);
  const latent = new Map(topology.layers.map((layer) => [layer.name, latentLayer(layer, random)]));
  return writeModel({
    name: 'tiny',
    topology: topology.name,
    classes,
    input: { zeroPoint: [124, 116, 104], cropFraction: 0.875 },
    widths,
    resolutions,
    bits,
    layers,
    weights: integerWeights(latent),
    subnets: allSubnets().map((subnet) => subnetContents(subnet, latent, accuracies)),
    provenance: { generator, command: `seed ${seed}`, sources: [] },
  });
}

/** A model's files as `openModel` wants them. */
export function readFrom(files: ModelFiles): ReadFile {
  return async (file) => {
    const bytes = files.get(file);
    if (bytes === undefined) throw new Error(`the tiny model has no file ${file}`);
    return bytes;
  };
}

export async function openTinyModel(options: TinyModelOptions = {}): Promise<Model> {
  return openModel(readFrom(await tinyModelFiles(options)));
}

function allSubnets(): readonly Subnet[] {
  return widths.flatMap((width) =>
    resolutions.flatMap((resolution) => bits.map((b) => ({ width, resolution, bits: b }))),
  );
}

/** A layer in real numbers: what all its subnets approximate. */
interface LatentLayer {
  /** -1 to 1 */
  readonly weightsOhwi: Float32Array;
  /** y = scale * sum(weight * input) + bias */
  readonly scale: Float32Array;
  readonly bias: Float32Array;
}

function latentLayer(layer: TopologyLayer, random: Random): LatentLayer {
  const between = (low: number, high: number) => low + (high - low) * random();
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels;
  const terms = layer.kernel[0] * layer.kernel[1] * depth;
  const weights = layer.op === 'averagePool' ? 0 : layer.outChannels * terms;
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

function integerWeights(
  latent: ReadonlyMap<string, LatentLayer>,
): ReadonlyMap<string, IntegerWeights> {
  const weights = new Map<string, IntegerWeights>();
  for (const layer of topology.layers) {
    if (layer.op === 'averagePool') continue;
    const { weightsOhwi } = latent.get(layer.name)!;
    const perBits = bits.map((b) => layerBits(layer, b, defaultPinnedBits).weight);
    const isShared = perBits.every((b) => b === perBits[0]);
    const rounded = (b: BitWidth) => ({ bits: b, weightsOhwi: roundWeights(weightsOhwi, b) });
    weights.set(layer.name, isShared ? rounded(perBits[0]!) : perBits.map(rounded));
  }
  return weights;
}

function roundWeights(weights: Float32Array, weightBits: BitWidth): Int8Array {
  const { max } = weightRange(weightBits);
  return Int8Array.from(weights, (weight) => Math.round(weight * max));
}

function subnetContents(
  subnet: Subnet,
  latent: ReadonlyMap<string, LatentLayer>,
  accuracies: boolean,
): SubnetContents {
  const weightBits = (layer: Pick<Layer, 'name' | 'op'>, bitsIndex: number) => {
    const own = topology.layers.find(({ name }) => name === layer.name)!;
    return own.op === 'averagePool'
      ? null
      : layerBits(own, bits[bitsIndex]!, defaultPinnedBits).weight;
  };
  return {
    ...subnet,
    tables: topology.layers.map((layer, i) => layerTable(layer, layers[i]!, subnet, latent)),
    cost: subnetCost({ layers, widths, bits }, subnet, weightBits),
    ...(accuracies ? { accuracy: inventedAccuracy(subnet) } : {}),
  };
}

function layerTable(
  layer: TopologyLayer,
  { outChannels, inputBits, inputSigned }: Omit<Layer, 'weights'>,
  subnet: Subnet,
  latent: ReadonlyMap<string, LatentLayer>,
): LayerTable {
  const bitsIndex = bits.indexOf(subnet.bits);
  const channels = outChannels[widths.indexOf(subnet.width as (typeof widths)[number])]!;
  const { max } = activationRange(inputBits[bitsIndex]!, inputSigned);
  const inputStep = layer.input === imageName ? 1 : Math.fround(activationLimit / max);
  if (layer.op === 'averagePool') {
    const side = subnet.resolution / 4; // two layers of stride 2
    return {
      inputStep,
      multiplier: new Float32Array(channels).fill(inputStep / (side * side)),
      bias: new Float32Array(channels),
    };
  }
  const { scale, bias } = latent.get(layer.name)!;
  const weightStep = 1 / weightRange(layerBits(layer, subnet.bits, defaultPinnedBits).weight).max;
  return {
    inputStep,
    multiplier: scale.slice(0, channels).map((value) => value * weightStep * inputStep),
    bias: bias.slice(0, channels),
  };
}

function inventedAccuracy({
  width,
  resolution,
  bits: b,
}: Subnet): NonNullable<SubnetContents['accuracy']> {
  const top1 = 0.5 + 0.2 * width + 0.005 * (resolution - 24) + 0.02 * (b - 4);
  return { top1: Number(top1.toFixed(3)), top5: 0.95, images: 100, dataset: 'invented' };
}
