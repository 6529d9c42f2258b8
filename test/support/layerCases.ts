import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type { PinnedBits, Topology, TopologyLayer } from '../../src/network/topology.ts';
import { randomFrame } from './parity.ts';
import { seededRandom } from './random.ts';
import type { RandomModelOptions } from './randomModel.ts';

/** One layer under test, between layers that feed it and read it. */
export interface LayerCase {
  readonly name: string;
  readonly model: RandomModelOptions;
}

// Around the sizes that the kernels work in: 4 inputs, 8 outputs, 16 bytes, 32 depthwise weights.
const channelCounts = [1, 2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 23, 24, 25, 31, 32, 33, 63, 65];
// Around the 4 positions of a tile, and more than one strip.
const sides = [1, 2, 3, 4, 5, 7, 9, 17];
const allBits = [8, 6, 4] as const;

/** A layer that does nothing special, to be completed. */
export const plainLayer = {
  op: 'conv',
  kernel: [1, 1],
  stride: 1,
  padding: [0, 0, 0, 0],
  slicesIn: false,
  slicesOut: false,
  inputSigned: false,
  batchNorm: null,
} as const satisfies Partial<TopologyLayer>;

/** A frame of any size from 1 x 1 on: smaller than the filter, odd, far from square. */
export function caseFrame(seed: number): RgbaFrame {
  return randomFrame(1 + ((seed * 37) % 90), 1 + ((seed * 53) % 70), seed);
}

/**
 * Seeded layers over boundary shapes: dense, depthwise and pooling, kernels 1, 3, 5 and 7, strides 1 and 2, any
 * padding, signed and unsigned inputs at every bit-width, residuals, several quantizers of one tensor.
 */
export function layerCases(count: number, seed: number): readonly LayerCase[] {
  return Array.from({ length: count }, (_, i) => layerCase(seed + i));
}

function layerCase(seed: number): LayerCase {
  const random = seededRandom(seed);
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const op = pick(['conv', 'conv', 'conv', 'depthwise', 'maxPool'] as const);
  const signed = random() < 0.5;
  const kernel = pick([1, 1, 3, 3, 5, 7]);
  const stride = pick([1, 2]);
  const side = Math.max(pick(sides), kernel);
  // No image has fewer pixels than 8 a side.
  const resolution = Math.max(8, side);
  const stemKernel = resolution - side + 1;
  const pad = () => Math.floor(random() * kernel);
  const padding = [pad(), pad(), pad(), pad()] as const;
  const inChannels = pick(channelCounts);
  const outChannels = op === 'conv' ? pick(channelCounts) : inChannels;
  const keepsShape =
    stride === 1 &&
    padding[0] + padding[2] === kernel - 1 &&
    padding[1] + padding[3] === kernel - 1;
  const residual = keepsShape && inChannels === outChannels;
  const pinned: PinnedBits = { depthwise: pick([null, 8]), signedInputs: pick([null, 8, 6]) };

  const layers: TopologyLayer[] = [
    // Without padding, its kernel leaves `side` of the image's pixels.
    {
      ...plainLayer,
      name: 'stem',
      input: 'image',
      kernel: [stemKernel, stemKernel],
      activation: signed ? 'none' : 'relu6',
      inChannels: 3,
      outChannels: inChannels,
    },
    {
      ...plainLayer,
      name: 'tested',
      op,
      input: 'stem',
      ...(residual ? { residual: 'stem' } : {}),
      kernel: [kernel, kernel],
      stride,
      padding,
      activation: pick(['none', 'relu', 'relu6'] as const),
      inputSigned: signed,
      inChannels,
      outChannels,
    },
  ];
  const outputSigned = layers[1]!.activation === 'none';
  // Two readers, one of them depthwise: where that is pinned to other bits, the tensor is quantized twice.
  layers.push(
    {
      ...plainLayer,
      name: 'depthwise reader',
      op: 'depthwise',
      input: 'tested',
      activation: 'none',
      inputSigned: outputSigned,
      inChannels: outChannels,
      outChannels,
    },
    {
      ...plainLayer,
      name: 'dense reader',
      input: 'tested',
      residual: 'depthwise reader',
      activation: 'none',
      inputSigned: outputSigned,
      inChannels: outChannels,
      outChannels,
    },
    {
      ...plainLayer,
      name: 'pool',
      op: 'averagePool',
      input: 'dense reader',
      activation: 'none',
      inputSigned: true,
      inChannels: outChannels,
      outChannels,
    },
    {
      ...plainLayer,
      name: 'classifier',
      op: 'fullyConnected',
      input: 'pool',
      activation: 'none',
      inputSigned: true,
      inChannels: outChannels,
      outChannels: 3,
    },
  );
  const topology: Topology = { name: `layer case ${seed}`, layers };
  const bits = pick(allBits);
  const shape = `${kernel}x${kernel} stride ${stride}, ${side}x${side}x${inChannels} to ${outChannels}`;
  return {
    name: `seed ${seed}: ${op} ${shape}, ${signed ? 'signed' : 'unsigned'}, ${bits} bit${residual ? ', residual' : ''}`,
    model: {
      topology,
      classes: ['a', 'b', 'c'],
      widths: [1],
      resolutions: [resolution],
      bits: [bits],
      pinned,
      seed,
    },
  };
}
