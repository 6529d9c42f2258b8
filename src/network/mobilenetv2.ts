import type { Topology, TopologyLayer } from './topology.ts';

/**
 * How a checkpoint pads 3x3 convolutions of stride 2: TensorFlow's SAME puts the odd row and column at
 * the end, PyTorch's padding=1 at the start. Weights only work with the padding they were trained with.
 */
export type PaddingStyle = 'tensorflow' | 'torch';

interface Shape {
  readonly name: string;
  readonly stemChannels: number;
  /** Expansion, channels, repeats, first stride. */
  readonly stages: readonly (readonly [number, number, number, number])[];
  readonly featureChannels: number;
}

// Sandler et al., CVPR 2018, table 2.
const standard: Shape = {
  name: 'mobilenetv2',
  stemChannels: 32,
  stages: [
    [1, 16, 1, 1],
    [6, 24, 2, 2],
    [6, 32, 3, 2],
    [6, 64, 4, 2],
    [6, 96, 3, 1],
    [6, 160, 3, 2],
    [6, 320, 1, 1],
  ],
  featureChannels: 1280,
};

// For pictures of about 64 x 64: a hundredth of the multiply-adds, trained from nothing within minutes.
const micro: Shape = {
  name: 'mobilenetv2-micro',
  stemChannels: 16,
  stages: [
    [1, 16, 1, 1],
    [4, 24, 2, 2],
    [4, 40, 2, 2],
    [4, 64, 2, 1],
  ],
  featureChannels: 256,
};

/** MobileNetV2 1.0 (Sandler et al., CVPR 2018) with torchvision's key names. */
export function mobilenetv2(classes: number, style: PaddingStyle): Topology {
  return invertedResiduals(standard, classes, style);
}

/** Four stages of the same blocks, for small pictures; our own, so there are no official weights. */
export function mobilenetv2Micro(classes: number, style: PaddingStyle): Topology {
  return invertedResiduals(micro, classes, style);
}

/**
 * Widths slice the hidden (expanded) channels of each inverted residual; the residual stream stays whole.
 */
function invertedResiduals(
  { name, stemChannels, stages, featureChannels }: Shape,
  classes: number,
  style: PaddingStyle,
): Topology {
  const layers: TopologyLayer[] = [];
  const padding = (stride: number): TopologyLayer['padding'] =>
    stride === 2 && style === 'tensorflow' ? [0, 0, 1, 1] : [1, 1, 1, 1];
  const pointwise = { op: 'conv', kernel: [1, 1], stride: 1, padding: [0, 0, 0, 0] } as const;

  layers.push({
    name: 'features.0.0',
    op: 'conv',
    input: 'image',
    kernel: [3, 3],
    stride: 2,
    padding: padding(2),
    activation: 'relu6',
    inChannels: 3,
    outChannels: stemChannels,
    slicesIn: false,
    slicesOut: false,
    inputSigned: false,
    batchNorm: 'features.0.1',
  });

  let input = 'features.0.0';
  let inChannels = stemChannels;
  let block = 1;
  for (const [expansion, outChannels, repeats, firstStride] of stages) {
    for (let repeat = 0; repeat < repeats; repeat++, block++) {
      const prefix = `features.${block}.conv`;
      const stride = repeat === 0 ? firstStride : 1;
      const hidden = inChannels * expansion;
      // Without an expansion the hidden channels are the stem's, which no width slices.
      const slices = expansion !== 1;
      const blockInput = input;
      let index = 0;
      if (expansion !== 1) {
        layers.push({
          ...pointwise,
          name: `${prefix}.0.0`,
          input: blockInput,
          activation: 'relu6',
          inChannels,
          outChannels: hidden,
          slicesIn: false,
          slicesOut: true,
          inputSigned: true,
          batchNorm: `${prefix}.0.1`,
        });
        input = `${prefix}.0.0`;
        index = 1;
      }
      layers.push({
        name: `${prefix}.${index}.0`,
        op: 'depthwise',
        input,
        kernel: [3, 3],
        stride,
        padding: padding(stride),
        activation: 'relu6',
        inChannels: hidden,
        outChannels: hidden,
        slicesIn: slices,
        slicesOut: slices,
        inputSigned: false,
        batchNorm: `${prefix}.${index}.1`,
      });
      layers.push({
        ...pointwise,
        name: `${prefix}.${index + 1}`,
        input: `${prefix}.${index}.0`,
        ...(stride === 1 && inChannels === outChannels ? { residual: blockInput } : {}),
        activation: 'none',
        inChannels: hidden,
        outChannels,
        slicesIn: slices,
        slicesOut: false,
        inputSigned: false,
        batchNorm: `${prefix}.${index + 2}`,
      });
      input = `${prefix}.${index + 1}`;
      inChannels = outChannels;
    }
  }

  layers.push(
    {
      ...pointwise,
      name: `features.${block}.0`,
      input,
      activation: 'relu6',
      inChannels,
      outChannels: featureChannels,
      slicesIn: false,
      slicesOut: false,
      inputSigned: true,
      batchNorm: `features.${block}.1`,
    },
    {
      ...pointwise,
      name: 'pool',
      op: 'averagePool',
      input: `features.${block}.0`,
      activation: 'none',
      inChannels: featureChannels,
      outChannels: featureChannels,
      slicesIn: false,
      slicesOut: false,
      inputSigned: false,
      batchNorm: null,
    },
    {
      ...pointwise,
      name: 'classifier.1',
      op: 'fullyConnected',
      input: 'pool',
      activation: 'none',
      inChannels: featureChannels,
      outChannels: classes,
      slicesIn: false,
      slicesOut: false,
      inputSigned: false,
      batchNorm: null,
    },
  );
  return { name, layers };
}
