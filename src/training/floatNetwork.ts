import { RtfqError } from '../errors.ts';
import { isPooling } from '../model/manifest.ts';
import { mobilenetv2, mobilenetv2Micro, type PaddingStyle } from '../network/mobilenetv2.ts';
import { resnet18, resnet50 } from '../network/resnet.ts';
import type { Topology, TopologyLayer } from '../network/topology.ts';
import {
  batchNormEpsilon,
  type PixelNormalisation,
  readNormalisation,
  readPaddingStyle,
  torchvisionNormalisation,
} from './checkpointConventions.ts';
import type { Safetensors } from './safetensors.ts';

/** One layer with its weights as the checkpoint has them, batch norm folded in. */
export interface FloatLayer {
  readonly layer: TopologyLayer;
  /** [out][tap][in]; [channel][tap] for depthwise; empty for pooling. */
  readonly weightsOhwi: Float32Array;
  /** One per output channel; empty for pooling. */
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
  'mobilenetv2-micro': { classifier: 'classifier.1', make: mobilenetv2Micro },
  resnet18: { classifier: 'fc', make: onlyTorch(resnet18) },
  resnet50: { classifier: 'fc', make: onlyTorch(resnet50) },
};

/** Networks that are known, such as `mobilenetv2`. */
export const topologyNames: readonly string[] = Object.keys(topologies);

/** Of ResNets TensorFlow has other variants, whose weights only fit those. */
function onlyTorch(make: (classes: number) => Topology): KnownTopology['make'] {
  return (classes, style) => {
    if (style === 'torch') return make(classes);
    throw new RtfqError('WEIGHTS_FORMAT', "the checkpoint's metadata: padding", {
      got: style,
      expected: "PyTorch's: ResNets are torchvision's",
    });
  };
}

/**
 * Reads a checkpoint as a network. The number of classes is that of the checkpoint's classifier.
 * @throws RtfqError `INVALID_ARGUMENT` on an unknown topology, `WEIGHTS_FORMAT` naming the tensor that
 * is missing, of the wrong shape or not finite
 */
export function readFloatNetwork(topologyName: string, checkpoint: Safetensors): FloatNetwork {
  const { classifier } = knownTopology(topologyName);
  const classes = checkpoint.shapeOf(`${classifier}.bias`)[0] ?? 0;
  const topology = makeTopology(topologyName, classes, readPaddingStyle(checkpoint.metadata));
  return floatNetworkOf(topology, checkpoint);
}

/**
 * A network of random weights, whose signal neither vanishes nor explodes (He et al., ICCV 2015): to train
 * from nothing.
 * @throws RtfqError `INVALID_ARGUMENT` on an unknown topology
 */
export function randomFloatNetwork(
  topologyName: string,
  classes: number,
  random: () => number,
): FloatNetwork {
  const topology = makeTopology(topologyName, classes, 'torch');
  const layers = topology.layers.map((layer): FloatLayer => {
    const perOutput = weightsPerOutput(layer);
    const limit = Math.sqrt(6 / perOutput);
    return {
      layer,
      weightsOhwi: Float32Array.from(
        { length: layer.outChannels * perOutput },
        () => (2 * random() - 1) * limit,
      ),
      bias: new Float32Array(isPooling(layer) ? 0 : layer.outChannels),
    };
  });
  return { topology, layers, normalisation: torchvisionNormalisation };
}

/** @throws RtfqError `INVALID_ARGUMENT` on an unknown topology */
export function makeTopology(name: string, classes: number, style: PaddingStyle): Topology {
  return knownTopology(name).make(classes, style);
}

function knownTopology(name: string): KnownTopology {
  const known = Object.hasOwn(topologies, name) ? topologies[name] : undefined;
  if (known !== undefined) return known;
  throw new RtfqError('INVALID_ARGUMENT', 'unknown topology', {
    got: name,
    expected: topologyNames.join(' | '),
  });
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
  if (isPooling(layer)) return 0;
  return layer.kernel[0] * layer.kernel[1] * (layer.op === 'depthwise' ? 1 : layer.inChannels);
}

function readLayer(layer: TopologyLayer, checkpoint: Safetensors): FloatLayer {
  if (isPooling(layer)) {
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
