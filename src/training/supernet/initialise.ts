import { RtfqError } from '../../errors.ts';
import { imageName } from '../../model/validate.ts';
import type { PinnedBits } from '../../network/topology.ts';
import type { BitWidth } from '../../quant/bits.ts';
import { sortChannels } from '../channelOrder.ts';
import { batchNormEpsilon } from '../checkpointConventions.ts';
import type { FloatLayer, FloatNetwork } from '../floatNetwork.ts';
import { activationStep } from '../postTraining/activationStep.ts';
import { pause } from '../postTraining/calibration.ts';
import { foldImageNormalisation, imageZeroPoint } from '../postTraining/foldedImage.ts';
import { quantizeWeights } from '../postTraining/integerWeights.ts';
import { type CalibrationPictures, type LayerMeasurement, measureLayers } from './measureLayers.ts';
import type { ParameterValues } from './parameters.ts';
import { type SupernetLayer, type SupernetShape, supernetLayers } from './shape.ts';
import { type SlicedChannels, slicedTopology } from './slicedTopology.ts';
import { outChannelsLast } from './weightOrder.ts';

export interface SupernetOptions {
  readonly widths: readonly number[];
  readonly bits: readonly BitWidth[];
  readonly pinnedBits: PinnedBits;
  readonly slicing: { readonly channels: SlicedChannels; readonly order: 'l1' | 'none' };
}

/** A supernet's shape and the values that its parameters start with. */
export interface InitialSupernet {
  readonly shape: SupernetShape;
  readonly values: ParameterValues;
}

/**
 * Makes a supernet of a float network with official weights. Batch norm, which the network has folded
 * in, is un-folded: gamma and beta become the deviation and the mean that each pre-activation has on the
 * pictures, so that at full width and without rounding the supernet computes what the network does.
 * Narrower widths and other bit-widths start with the same gamma and beta. Steps are least-squares ones.
 * Needs a tfjs backend to be set.
 * @throws RtfqError `INVALID_ARGUMENT` without pictures | `ABORTED`
 */
export async function initialiseSupernet(
  floatNetwork: FloatNetwork,
  { widths, bits, pinnedBits, slicing }: SupernetOptions,
  calibration: CalibrationPictures,
  signal?: AbortSignal,
): Promise<InitialSupernet> {
  if (calibration.pictures.length === 0) {
    throw new RtfqError('INVALID_ARGUMENT', 'no pictures to un-fold batch norm with', {
      expected: 'at least one',
    });
  }
  const sliced = withTopology(floatNetwork, slicing.channels);
  const network = slicing.order === 'l1' ? sortChannels(sliced) : sliced;
  const zeroPoint = imageZeroPoint(network.normalisation);
  const shape: SupernetShape = { topology: network.topology, widths, bits, pinnedBits, zeroPoint };
  const measurements = await measureLayers(network, calibration, signal);

  const layers = network.layers.map((own) => latentLayer(own, network));
  const values = new Map<string, Float32Array>();
  for (const width of widths) {
    for (const b of bits) {
      for (const [index, own] of supernetLayers(shape, width, b).entries()) {
        addMissing(values, own, layers[index]!, measurements);
      }
      await pause(signal);
    }
  }
  return { shape, values };
}

function withTopology(network: FloatNetwork, channels: SlicedChannels): FloatNetwork {
  const topology = slicedTopology(network.topology, channels);
  return {
    ...network,
    topology,
    layers: network.layers.map((own, i) => ({ ...own, layer: topology.layers[i]! })),
  };
}

/** A float layer as the supernet keeps it. */
interface LatentLayer extends FloatLayer {
  /** What each output channel's weights were divided by. */
  readonly norms: Float32Array;
}

/**
 * Pixels minus zero point in place of normalised ones; and where batch norm follows, which makes their
 * scale a matter of taste, weights of norm 1 per output channel. Folded weights differ in scale by
 * orders of magnitude from channel to channel, and one learning rate would not suit them all: the step
 * that it takes along a weight's direction goes with the inverse square of the norm.
 */
function latentLayer(own: FloatLayer, { normalisation }: FloatNetwork): LatentLayer {
  const folded = own.layer.input === imageName ? foldImageNormalisation(own, normalisation) : own;
  const { layer, weightsOhwi } = folded;
  const norms = new Float32Array(layer.outChannels).fill(1);
  if (layer.op !== 'conv' && layer.op !== 'depthwise') return { ...folded, norms };
  const perOutput = weightsOhwi.length / layer.outChannels;
  for (let out = 0; out < layer.outChannels; out++) {
    const row = weightsOhwi.subarray(out * perOutput, (out + 1) * perOutput);
    norms[out] = Math.hypot(...row) || 1;
  }
  return {
    ...folded,
    weightsOhwi: weightsOhwi.map((weight, i) => weight / norms[Math.floor(i / perOutput)]!),
    norms,
  };
}

function addMissing(
  values: Map<string, Float32Array>,
  { layer, outChannels, weight, input, batchNorm, bias }: SupernetLayer,
  { weightsOhwi, bias: floatBias, norms }: LatentLayer,
  measurements: ReadonlyMap<string, LayerMeasurement>,
): void {
  const add = (name: string, make: () => Float32Array) => {
    if (!values.has(name)) values.set(name, make());
  };
  if (weight !== null) {
    add(weight.name, () => outChannelsLast(weightsOhwi, layer.outChannels));
    add(weight.step, () => quantizeWeights(weightsOhwi, layer.outChannels, weight.bits).steps);
  }
  if (input !== null) {
    const { moments, samples } = measurements.get(layer.input)!;
    add(input.step, () => Float32Array.of(activationStep(samples, moments.channels, input.range)));
  }
  if (batchNorm !== null) {
    const { moments } = measurements.get(layer.name)!;
    const ofChannels = (value: (channel: number) => number) =>
      Float32Array.from({ length: outChannels }, (_, channel) => value(channel));
    // gamma / sqrt(variance / norm^2 + epsilon) is the norm again: what the weights were divided by.
    add(batchNorm.gamma, () =>
      ofChannels((c) => Math.sqrt(moments.variance(c) + batchNormEpsilon * norms[c]! ** 2)),
    );
    add(batchNorm.beta, () => ofChannels((c) => moments.mean(c)));
  }
  if (bias !== null) add(bias, () => floatBias);
}
