import * as tf from '@tensorflow/tfjs';
import {
  type Activation,
  type BatchNormMath,
  clampOf,
  type NormalizedInputs,
} from './batchNormMath.ts';

/** Batch normalisation in tfjs's own operations, for every backend. */
export const plainBatchNorm: BatchNormMath = {
  forward(x, gamma, beta, epsilon, activation) {
    const axes = axesBeforeChannels(x);
    const mean = tf.mean<tf.Tensor1D>(x, axes);
    const deviation = x.sub(mean);
    const inverseStd = tf.rsqrt(tf.mean<tf.Tensor1D>(deviation.square(), axes).add(epsilon));
    const value = deviation.mul(inverseStd.mul(gamma)).add(beta);
    return { y: activate(value, activation), mean, inverseStd: inverseStd as tf.Tensor1D };
  },

  backward(inputs, activation) {
    const { x, mean, inverseStd, gamma } = inputs;
    const axes = axesBeforeChannels(x);
    const rows = x.size / gamma.size;
    const scale = inverseStd.mul<tf.Tensor1D>(gamma);
    const deviation = x.sub(mean);
    const g = passed(inputs, deviation, scale, activation);
    const dBeta = tf.sum<tf.Tensor1D>(g, axes);
    const dGamma = tf.sum<tf.Tensor1D>(g.mul(deviation), axes).mul<tf.Tensor1D>(inverseStd);
    const share = dBeta.add(deviation.mul(inverseStd.mul(dGamma))).div(rows);
    return [scale.mul(g.sub(share)), dGamma, dBeta];
  },
};

function axesBeforeChannels(x: tf.Tensor): number[] {
  return x.shape.slice(0, -1).map((_, axis) => axis);
}

function activate(value: tf.Tensor, activation: Activation): tf.Tensor {
  if (activation === 'none') return value;
  return activation === 'relu' ? tf.relu(value) : tf.relu6(value);
}

function passed(
  { dy, beta }: NormalizedInputs,
  deviation: tf.Tensor,
  scale: tf.Tensor1D,
  activation: Activation,
): tf.Tensor {
  if (activation === 'none') return dy;
  const { min, max } = clampOf(activation);
  const value = deviation.mul(scale).add(beta);
  const above = tf.where(value.greater(min), dy, 0);
  return max === Number.POSITIVE_INFINITY ? above : tf.where(value.less(max), above, 0);
}
