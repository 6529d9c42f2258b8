import * as tf from '@tensorflow/tfjs';
import type { TopologyLayer } from '../network/topology.ts';

/** Channels that a layer reads and writes; fewer than its topology's where a width slices it. */
export interface Channels {
  readonly inChannels: number;
  readonly outChannels: number;
}

/**
 * A layer's weights as tfjs convolves with them: HWIO, for depthwise HWC1.
 * @param weightsOhwi [out][tap][in], [channel][tap] for depthwise
 */
export function uploadWeights(
  layer: TopologyLayer,
  weightsOhwi: Float32Array,
  { inChannels, outChannels }: Channels,
): tf.Tensor4D {
  const [height, width] = layer.kernel;
  const depth = layer.op === 'depthwise' ? 1 : inChannels;
  return tf.tidy(() => {
    const ohwi = tf.tensor4d(weightsOhwi, [outChannels, height, width, depth]);
    return layer.op === 'depthwise' ? ohwi.transpose([1, 2, 0, 3]) : ohwi.transpose([1, 2, 3, 0]);
  });
}

/**
 * A layer's sums of products, plus bias and activation where they are given. A fully connected layer is
 * the 1x1 convolution that it equals; pooling has neither weights nor bias, and of averages gives the mean.
 * @param input [n, height, width, inChannels]
 * @returns [n, height, width, outChannels]
 */
export function applyLayer(
  layer: TopologyLayer,
  input: tf.Tensor4D,
  weights: tf.Tensor4D | null,
  bias?: tf.Tensor1D,
  activation: TopologyLayer['activation'] = 'none',
): tf.Tensor4D {
  if (weights === null) {
    return layer.op === 'maxPool'
      ? tf.maxPool(input, [...layer.kernel], layer.stride, explicitPadding(layer))
      : (tf.mean(input, [1, 2], true) as tf.Tensor4D);
  }
  const convolution = {
    x: input,
    filter: weights,
    strides: layer.stride,
    pad: explicitPadding(layer),
    activation: activation === 'none' ? 'linear' : activation,
    ...(bias === undefined ? {} : { bias }),
  } as const;
  if (layer.op !== 'depthwise') return tf.fused.conv2d(convolution);
  // The declaration lags behind: depthwise kernels take explicit padding like the others.
  type Depthwise = Parameters<typeof tf.fused.depthwiseConv2d<tf.Tensor4D>>[0];
  return tf.fused.depthwiseConv2d(convolution as unknown as Depthwise);
}

export function applyActivation(
  activation: TopologyLayer['activation'],
  input: tf.Tensor4D,
): tf.Tensor4D {
  switch (activation) {
    case 'none':
      return input;
    case 'relu':
      return tf.relu(input);
    case 'relu6':
      return tf.relu6(input);
    default:
      return activation satisfies never;
  }
}

type ExplicitPadding = [[number, number], [number, number], [number, number], [number, number]];

function explicitPadding({ padding }: TopologyLayer): 'valid' | ExplicitPadding {
  const [top, left, bottom, right] = padding;
  if (top + left + bottom + right === 0) return 'valid';
  return [
    [0, 0],
    [top, bottom],
    [left, right],
    [0, 0],
  ];
}
