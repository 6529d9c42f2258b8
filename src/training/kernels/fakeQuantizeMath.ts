import type * as tf from '@tensorflow/tfjs';
import type { IntegerRange } from '../../quant/bits.ts';

/** The integers that are rounded to, and how the gradient of the step is weighted. */
export interface FakeQuantizeRange extends IntegerRange {
  /** LSQ, section 2.2: 1 / sqrt(number of values that share the step * max). */
  readonly gradScale: number;
}

/** Fake quantization and its gradient; `fakeQuantize` makes one operation of the two. */
export interface FakeQuantizeMath {
  forward(x: tf.Tensor, step: tf.Tensor, range: FakeQuantizeRange): tf.Tensor;
  /** @returns the gradients by x and step */
  backward(
    x: tf.Tensor,
    step: tf.Tensor,
    dy: tf.Tensor,
    range: FakeQuantizeRange,
  ): [tf.Tensor, tf.Tensor];
}
