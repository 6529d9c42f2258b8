import type { Topology, TopologyLayer } from './topology.ts';

/** What ResNets differ in. */
export interface ResnetShape {
  readonly name: string;
  /** `basic`: two 3x3 convolutions. `bottleneck`: 1x1, 3x3 and 1x1, the last with four times the channels. */
  readonly block: keyof typeof blockTypes;
  /** Channels of the stem and of the first stage's 3x3 convolutions; each further stage has twice as many. */
  readonly channels: number;
  /** Blocks of each stage. */
  readonly stages: readonly number[];
}

// He et al., CVPR 2016, table 1: sides of the kernels, and block outputs per channel of the 3x3 convolution.
const blockTypes = {
  basic: { kernels: [3, 3], expansion: 1 },
  bottleneck: { kernels: [1, 3, 1], expansion: 4 },
} as const;

export function resnet18(classes: number): Topology {
  return resnet({ name: 'resnet18', block: 'basic', channels: 64, stages: [2, 2, 2, 2] }, classes);
}

export function resnet50(classes: number): Topology {
  return resnet(
    { name: 'resnet50', block: 'bottleneck', channels: 64, stages: [3, 4, 6, 3] },
    classes,
  );
}

/**
 * A ResNet (He et al., CVPR 2016) with torchvision's key names and, as torchvision has it (version 1.5), the
 * stride of a bottleneck in its 3x3 convolution. Widths slice the channels inside each block; the residual
 * stream stays whole.
 */
export function resnet({ name, block, channels, stages }: ResnetShape, classes: number): Topology {
  const layers: TopologyLayer[] = [
    {
      ...convolution(7, 2, 3, channels),
      name: 'conv1',
      input: 'image',
      activation: 'relu',
      batchNorm: 'bn1',
    },
    {
      ...convolution(3, 2, channels, channels),
      name: 'maxpool',
      op: 'maxPool',
      input: 'conv1',
      activation: 'none',
      batchNorm: null,
    },
  ];
  stages.forEach((blocks, stage) => {
    for (let index = 0; index < blocks; index++) {
      const input = layers.at(-1)!;
      layers.push(
        ...residualBlock(block, {
          prefix: `layer${stage + 1}.${index}`,
          input: input.name,
          inChannels: input.outChannels,
          channels: channels * 2 ** stage,
          stride: stage > 0 && index === 0 ? 2 : 1,
        }),
      );
    }
  });
  const features = layers.at(-1)!;
  layers.push(
    {
      ...convolution(1, 1, features.outChannels, features.outChannels),
      name: 'avgpool',
      op: 'averagePool',
      input: features.name,
      activation: 'none',
      batchNorm: null,
    },
    {
      ...convolution(1, 1, features.outChannels, classes),
      name: 'fc',
      op: 'fullyConnected',
      input: 'avgpool',
      activation: 'none',
      batchNorm: null,
    },
  );
  return { name, layers };
}

interface Block {
  readonly prefix: string;
  readonly input: string;
  readonly inChannels: number;
  /** Of the 3x3 convolution. */
  readonly channels: number;
  readonly stride: number;
}

function residualBlock(
  type: ResnetShape['block'],
  { prefix, input, inChannels, channels, stride }: Block,
): readonly TopologyLayer[] {
  const { kernels, expansion } = blockTypes[type];
  const outChannels = channels * expansion;
  const chain = kernels.map((kernel, i): TopologyLayer => {
    const [isFirst, isLast] = [i === 0, i === kernels.length - 1];
    return {
      ...convolution(
        kernel,
        i === kernels.indexOf(3) ? stride : 1,
        isFirst ? inChannels : channels,
        isLast ? outChannels : channels,
      ),
      name: `${prefix}.conv${i + 1}`,
      input: isFirst ? input : `${prefix}.conv${i}`,
      activation: 'relu',
      slicesIn: !isFirst,
      slicesOut: !isLast,
      batchNorm: `${prefix}.bn${i + 1}`,
    };
  });
  const last = chain.at(-1)!;
  if (stride === 1 && inChannels === outChannels) {
    return [...chain.slice(0, -1), { ...last, residual: input }];
  }
  const shortcut: TopologyLayer = {
    ...convolution(1, stride, inChannels, outChannels),
    name: `${prefix}.downsample.0`,
    input,
    activation: 'none',
    batchNorm: `${prefix}.downsample.1`,
  };
  // Late, so that what waits for the addition is the block's input, of a byte a value, for as long as it can be.
  return [...chain.slice(0, -1), shortcut, { ...last, residual: shortcut.name }];
}

/** A convolution that keeps its input's size but for the stride. Nothing in a ResNet reads numbers with a sign. */
function convolution(side: number, stride: number, inChannels: number, outChannels: number) {
  const pad = (side - 1) / 2;
  return {
    op: 'conv',
    kernel: [side, side],
    stride,
    padding: [pad, pad, pad, pad],
    inChannels,
    outChannels,
    slicesIn: false,
    slicesOut: false,
    inputSigned: false,
  } as const;
}
