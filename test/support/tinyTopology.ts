import type { Topology, TopologyLayer } from '../../src/network/topology.ts';

/** What the layers of a kind have in common, so that each one below says only what is its own. */
const conv = {
  op: 'conv',
  padding: [0, 0, 0, 0],
  kernel: [1, 1],
  stride: 1,
  batchNorm: null,
} as const;
const whole = { slicesIn: false, slicesOut: false, inputSigned: false } as const;
const depthwise = {
  ...conv,
  op: 'depthwise',
  kernel: [3, 3],
  activation: 'relu6',
  slicesIn: true,
  slicesOut: true,
  inputSigned: false,
} as const;

/**
 * One of each thing that MobileNetV2 has: a stem of stride 2, an inverted residual of stride 2, one with
 * a residual connection, a head, pooling and a classifier. Both padding styles occur, and channel counts
 * that fill no whole cell.
 */
export function tinyTopology(classes: number): Topology {
  const layers: readonly TopologyLayer[] = [
    {
      ...conv,
      ...whole,
      name: 'stem',
      input: 'image',
      kernel: [3, 3],
      stride: 2,
      padding: [0, 0, 1, 1],
      activation: 'relu6',
      inChannels: 3,
      outChannels: 12,
    },

    {
      ...conv,
      ...whole,
      name: 'down.expand',
      input: 'stem',
      activation: 'relu6',
      inChannels: 12,
      outChannels: 40,
      slicesOut: true,
    },
    {
      ...depthwise,
      name: 'down.depthwise',
      input: 'down.expand',
      stride: 2,
      padding: [1, 1, 1, 1],
      inChannels: 40,
      outChannels: 40,
    },
    {
      ...conv,
      ...whole,
      name: 'down.project',
      input: 'down.depthwise',
      activation: 'none',
      inChannels: 40,
      outChannels: 20,
      slicesIn: true,
    },

    {
      ...conv,
      ...whole,
      name: 'same.expand',
      input: 'down.project',
      inputSigned: true,
      activation: 'relu6',
      inChannels: 20,
      outChannels: 64,
      slicesOut: true,
    },
    {
      ...depthwise,
      name: 'same.depthwise',
      input: 'same.expand',
      padding: [1, 1, 1, 1],
      inChannels: 64,
      outChannels: 64,
    },
    {
      ...conv,
      ...whole,
      name: 'same.project',
      input: 'same.depthwise',
      residual: 'down.project',
      activation: 'none',
      inChannels: 64,
      outChannels: 20,
      slicesIn: true,
    },

    {
      ...conv,
      ...whole,
      name: 'head',
      input: 'same.project',
      inputSigned: true,
      activation: 'relu6',
      inChannels: 20,
      outChannels: 44,
    },
    {
      ...conv,
      ...whole,
      name: 'pool',
      op: 'averagePool',
      input: 'head',
      activation: 'none',
      inChannels: 44,
      outChannels: 44,
    },
    {
      ...conv,
      ...whole,
      name: 'classifier',
      op: 'fullyConnected',
      input: 'pool',
      activation: 'none',
      inChannels: 44,
      outChannels: classes,
    },
  ];
  return { name: 'tiny', layers };
}
