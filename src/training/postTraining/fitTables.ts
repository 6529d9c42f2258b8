import * as tf from '@tensorflow/tfjs';
import type { LayerTable } from '../../model/table.ts';
import { imageName } from '../../model/validate.ts';
import { pooledTerms } from '../../network/geometry.ts';
import type { TopologyLayer } from '../../network/topology.ts';
import type { IntegerRange } from '../../quant/bits.ts';
import { inverseOfStep, requantize } from '../../quant/round.ts';
import { applyLayer, type Channels, uploadWeights } from '../layerTensors.ts';
import { activationStep } from './activationStep.ts';
import { chunksOf, pause, picturesPerChunk } from './calibration.ts';
import { ChannelMoments } from './channelMoments.ts';
import type { LayerMoments } from './floatStatistics.ts';
import type { QuantizedWeights } from './integerWeights.ts';
import { matchMoments, type Normalisation, poolNormalisation } from './normalisation.ts';

/** One layer of one subnet: everything but its table. */
export interface SubnetLayer extends Channels {
  readonly layer: TopologyLayer;
  readonly inputRange: IntegerRange;
  /** Sliced to the subnet's channels; null for pooling. */
  readonly weights: QuantizedWeights | null;
}

export interface FitOptions {
  readonly layers: readonly SubnetLayer[];
  /** side x side x 3 bytes each */
  readonly pictures: readonly Uint8Array[];
  readonly side: number;
  readonly zeroPoint: readonly [number, number, number];
  /** What each layer's output should look like. */
  readonly target: LayerMoments;
  readonly signal?: AbortSignal | undefined;
  /** Called after each layer. */
  readonly onLayer?: (() => void) | undefined;
}

/** A tensor of all pictures, chunk by chunk. */
interface Chunks<Values> {
  readonly side: number;
  readonly values: readonly Values[];
}
type Integers = Uint8Array | Int8Array | Int16Array;

/**
 * Finds a subnet's tables by running it in integers, layer by layer, on calibration pictures. Each layer
 * reads what the quantized layers before it really put out; its multiplier and bias are then set so that
 * mean and variance of its own output are those of the float network (what re-calibrating batch norm
 * does), and the steps of those who read it are fitted to that output.
 */
export async function fitTables(options: FitOptions): Promise<readonly LayerTable[]> {
  const { layers, signal } = options;
  const inputs = new Map<string, Chunks<Integers>>();
  const inputSteps = new Map<string, number>();
  const floats = new Map<string, Chunks<Float32Array>>();
  for (const { layer } of layers) {
    if (layer.input !== imageName) continue;
    inputs.set(layer.name, centredPictures(options));
    inputSteps.set(layer.name, 1);
  }

  const tables: LayerTable[] = [];
  for (const [index, subnetLayer] of layers.entries()) {
    await pause(signal);
    const { layer, outChannels } = subnetLayer;
    const inputStep = inputSteps.get(layer.name)!;
    const input = inputs.get(layer.name)!;
    inputs.delete(layer.name);
    const accumulators = await accumulate(subnetLayer, input);
    const normalisation = normalise(subnetLayer, inputStep, input.side, accumulators, options);
    tables.push({ inputStep, ...normalisation });

    const residual = layer.residual === undefined ? null : floats.get(layer.residual)!;
    const output = applyEpilogue(layer, normalisation, accumulators, residual);
    for (const reader of layers) {
      if (reader.layer.input !== layer.name) continue;
      const step = activationStep(output.values, outChannels, reader.inputRange);
      inputSteps.set(reader.layer.name, step);
      inputs.set(reader.layer.name, quantize(output, step, reader.inputRange));
    }
    const isResidualAfter = (name: string) =>
      layers.slice(index + 1).some((later) => later.layer.residual === name);
    floats.set(layer.name, output);
    for (const name of floats.keys()) if (!isResidualAfter(name)) floats.delete(name);
    options.onLayer?.();
  }
  return tables;
}

/** Pixels minus zero point, so that zero padding is exact. */
function centredPictures({ pictures, side, zeroPoint }: FitOptions): Chunks<Integers> {
  const values = chunksOf(pictures, picturesPerChunk).map((chunk) => {
    const centred = new Int16Array(chunk.length * side * side * 3);
    chunk.forEach((picture, i) => {
      const begin = i * picture.length;
      picture.forEach((pixel, at) => {
        centred[begin + at] = pixel - zeroPoint[at % 3]!;
      });
    });
    return centred;
  });
  return { side, values };
}

/** Accumulators: sums of products. tfjs computes them in f32: exact to 2^24, and close enough for statistics beyond. */
async function accumulate(
  { layer, inChannels, outChannels, weights }: SubnetLayer,
  input: Chunks<Integers>,
): Promise<Chunks<Float32Array>> {
  const filter =
    weights &&
    uploadWeights(layer, new Float32Array(weights.weightsOhwi), { inChannels, outChannels });
  let side = 1;
  const values: Float32Array[] = [];
  for (const integers of input.values) {
    const count = integers.length / (input.side * input.side * inChannels);
    const sums = tf.tidy(() => {
      const shape = [count, input.side, input.side, inChannels] as const;
      const tensor = tf.tensor4d(new Float32Array(integers), [...shape]);
      return layer.op === 'averagePool'
        ? tf.sum<tf.Tensor4D>(tensor, [1, 2], true)
        : applyLayer(layer, tensor, filter);
    });
    side = sums.shape[1];
    values.push(await sums.data<'float32'>());
    sums.dispose();
  }
  filter?.dispose();
  return { side, values };
}

function normalise(
  { layer, outChannels, weights }: SubnetLayer,
  inputStep: number,
  inputSide: number,
  accumulators: Chunks<Float32Array>,
  { target }: FitOptions,
): Normalisation {
  if (weights === null) {
    const terms = pooledTerms(layer, { height: inputSide, width: inputSide });
    return poolNormalisation(outChannels, inputStep, terms);
  }
  const moments = new ChannelMoments(outChannels);
  for (const values of accumulators.values) moments.add(values);
  const scale = weights.steps.map((step) => step * inputStep);
  return matchMoments(scale, moments, target.get(layer.name)!);
}

/** y = m * acc + beta, + residual, clamped, all in f32; written over the accumulators. */
function applyEpilogue(
  layer: TopologyLayer,
  { multiplier, bias }: Normalisation,
  accumulators: Chunks<Float32Array>,
  residual: Chunks<Float32Array> | null,
): Chunks<Float32Array> {
  const channels = bias.length;
  const min = layer.activation === 'none' ? Number.NEGATIVE_INFINITY : 0;
  const max = layer.activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY;
  accumulators.values.forEach((values, chunk) => {
    const added = residual?.values[chunk];
    for (let at = 0; at < values.length; ) {
      for (let channel = 0; channel < channels; channel++, at++) {
        let y = Math.fround(Math.fround(multiplier[channel]! * values[at]!) + bias[channel]!);
        if (added !== undefined) y = Math.fround(y + added[at]!);
        values[at] = Math.min(Math.max(y, min), max);
      }
    }
  });
  return accumulators;
}

function quantize(
  output: Chunks<Float32Array>,
  step: number,
  range: IntegerRange,
): Chunks<Integers> {
  const inverse = inverseOfStep(step);
  const Values = range.min < 0 ? Int8Array : Uint8Array;
  const values = output.values.map((floats) => {
    const integers = new Values(floats.length);
    for (let i = 0; i < floats.length; i++) integers[i] = requantize(floats[i]!, inverse, range);
    return integers;
  });
  return { side: output.side, values };
}
