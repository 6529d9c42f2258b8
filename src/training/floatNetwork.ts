import { RtfqError } from '../errors.ts';
import { mobilenetv2, type PaddingStyle } from '../network/mobilenetv2.ts';
import type { Topology, TopologyLayer } from '../network/topology.ts';
import {
  type PixelNormalisation,
  readNormalisation,
  readPaddingStyle,
} from './checkpointConventions.ts';
import type { Safetensors } from './safetensors.ts';

/** One layer with its weights as the checkpoint has them, batch norm folded in. */
export interface FloatLayer {
  readonly layer: TopologyLayer;
  /** [out][tap][in]; [channel][tap] for depthwise; empty for averagePool. */
  readonly weightsOhwi: Float32Array;
  /** One per output channel; empty for averagePool. */
  readonly bias: Float32Array;
}

/** A network before quantization: plain numbers, full width. */
export interface FloatNetwork {
  readonly topology: Topology;
  readonly layers: readonly FloatLayer[];
  readonly normalisation: PixelNormalisation;
}

interface KnownTopology {
  readonly classifier: string;
  readonly make: (classes: number, style: PaddingStyle) => Topology;
}

const topologies: Readonly<Record<string, KnownTopology>> = {
  mobilenetv2: { classifier: 'classifier.1', make: mobilenetv2 },
};

export const topologyNames: readonly string[] = Object.keys(topologies);

// torch.nn.BatchNorm2d's default.
const batchNormEpsilon = 1e-5;

/**
 * Reads a checkpoint as a network. The number of classes is that of the checkpoint's classifier.
 * @throws RtfqError `INVALID_ARGUMENT` on an unknown topology, `WEIGHTS_FORMAT` naming the tensor that
 * is missing, of the wrong shape or not finite
 */
export function readFloatNetwork(topologyName: string, checkpoint: Safetensors): FloatNetwork {
  const known = Object.hasOwn(topologies, topologyName) ? topologies[topologyName] : undefined;
  if (known === undefined) {
    throw new RtfqError('INVALID_ARGUMENT', 'unknown topology', {
      got: topologyName,
      expected: topologyNames.join(' | '),
    });
  }
  const classes = checkpoint.shapeOf(`${known.classifier}.bias`)[0] ?? 0;
  const topology = known.make(classes, readPaddingStyle(checkpoint.metadata));
  return floatNetworkOf(topology, checkpoint);
}

/** Reads the tensors of a topology. @throws RtfqError `WEIGHTS_FORMAT`, see `readFloatNetwork` */
export function floatNetworkOf(topology: Topology, checkpoint: Safetensors): FloatNetwork {
  return {
    topology,
    layers: topology.layers.map((layer) => readLayer(layer, checkpoint)),
    normalisation: readNormalisation(checkpoint.metadata),
  };
}

/** Taps times input channels: the weights that one output channel has. */
export function weightsPerOutput(layer: TopologyLayer): number {
  if (layer.op === 'averagePool') return 0;
  return layer.kernel[0] * layer.kernel[1] * (layer.op === 'depthwise' ? 1 : layer.inChannels);
}

function readLayer(layer: TopologyLayer, checkpoint: Safetensors): FloatLayer {
  if (layer.op === 'averagePool') {
    return { layer, weightsOhwi: new Float32Array(0), bias: new Float32Array(0) };
  }
  const { name, outChannels, batchNorm } = layer;
  const weightsOhwi = oihwToOhwi(
    readFinite(checkpoint, `${name}.weight`, weightShape(layer)),
    layer,
  );
  const hasBatchNorm = batchNorm !== null && checkpoint.has(`${batchNorm}.running_mean`);
  const biasName = `${name}.bias`;
  if (!hasBatchNorm && !checkpoint.has(biasName) && batchNorm !== null) {
    throw new RtfqError('WEIGHTS_FORMAT', `${name} has neither a bias nor a batch norm`, {
      expected: `tensor ${biasName}, or ${batchNorm}.{weight,bias,running_mean,running_var}`,
    });
  }
  const bias =
    hasBatchNorm && !checkpoint.has(biasName)
      ? new Float32Array(outChannels)
      : readFinite(checkpoint, biasName, [outChannels]);
  const folded: FloatLayer = { layer, weightsOhwi, bias };
  return hasBatchNorm ? foldBatchNorm(folded, batchNorm, checkpoint) : folded;
}

/** y = gamma * (w x + b - mean) / sqrt(var + eps) + beta as one convolution. */
function foldBatchNorm(
  { layer, weightsOhwi, bias }: FloatLayer,
  prefix: string,
  checkpoint: Safetensors,
): FloatLayer {
  const read = (key: string) => readFinite(checkpoint, `${prefix}.${key}`, [layer.outChannels]);
  const gamma = read('weight');
  const beta = read('bias');
  const mean = read('running_mean');
  const variance = read('running_var');
  const perOutput = weightsPerOutput(layer);
  const scale = (channel: number) =>
    gamma[channel]! / Math.sqrt(variance[channel]! + batchNormEpsilon);
  return {
    layer,
    weightsOhwi: weightsOhwi.map((weight, i) => weight * scale(Math.floor(i / perOutput))),
    bias: bias.map((value, channel) => (value - mean[channel]!) * scale(channel) + beta[channel]!),
  };
}

/** The shape that the checkpoint keeps the weights in: OIHW, [out, in] for fully connected. */
export function weightShape({
  op,
  kernel,
  inChannels,
  outChannels,
}: TopologyLayer): readonly number[] {
  if (op === 'fullyConnected') return [outChannels, inChannels];
  return [outChannels, op === 'depthwise' ? 1 : inChannels, ...kernel];
}

function oihwToOhwi(weightsOihw: Float32Array, layer: TopologyLayer): Float32Array {
  const depth = layer.op === 'depthwise' ? 1 : layer.inChannels;
  const taps = layer.kernel[0] * layer.kernel[1];
  const weightsOhwi = new Float32Array(weightsOihw.length);
  for (let out = 0, at = 0; out < layer.outChannels; out++) {
    for (let tap = 0; tap < taps; tap++) {
      for (let input = 0; input < depth; input++, at++) {
        weightsOhwi[at] = weightsOihw[(out * depth + input) * taps + tap]!;
      }
    }
  }
  return weightsOhwi;
}

function readFinite(checkpoint: Safetensors, name: string, shape: readonly number[]): Float32Array {
  const values = checkpoint.read(name, shape);
  const index = values.findIndex((value) => !Number.isFinite(value));
  if (index >= 0) {
    throw new RtfqError('WEIGHTS_FORMAT', `tensor ${name} holds a value that is not finite`, {
      got: `${values[index]} at ${index}`,
    });
  }
  return values;
}
