import * as tf from '@tensorflow/tfjs';
import type { FakeQuantizeMath, FakeQuantizeRange } from './fakeQuantizeMath.ts';

/** Fake quantization in tfjs's own operations, for every backend. */
export const plainFakeQuantize: FakeQuantizeMath = {
  forward(x, step, range) {
    return rounded(scaledBy(x, step), range).mul(step);
  },

  backward(x, step, dy, range) {
    const scaled = scaledBy(x, step);
    const inside = scaled.greater(range.min).logicalAnd(scaled.less(range.max));
    const term = rounded(scaled, range).sub(tf.where(inside, scaled, 0));
    // Broadcasting made of a step what x is; its gradient sums over that again.
    const axes = x.shape.map((_, axis) => axis).slice(0, step.size === 1 ? undefined : -1);
    const dStep = tf.sum(dy.mul(term), axes).mul(range.gradScale).reshape(step.shape);
    return [tf.where(inside, dy, 0), dStep];
  },
};

function scaledBy(x: tf.Tensor, step: tf.Tensor): tf.Tensor {
  // A product with the rounded reciprocal is not a division (numeric contract, rule 5).
  return x.mul(tf.div(1, step));
}

function rounded(scaled: tf.Tensor, { min, max }: FakeQuantizeRange): tf.Tensor {
  return tf.round(tf.clipByValue(scaled, min, max));
}
