import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { hasFakeQuantizeKernels, kernelFakeQuantize } from './fakeQuantizeKernels.ts';
import type { FakeQuantizeRange } from './fakeQuantizeMath.ts';
import { plainFakeQuantize } from './plainFakeQuantize.ts';

/**
 * What a quantized network computes with, in floats: clamp(roundTiesToEven(x * (1 / step)), min, max) * step,
 * rounded as `requantize` rounds. Differentiable once by x (straight through strictly between the bounds, 0
 * elsewhere) and by the step (learned step size quantization: Esser et al., ICLR 2020, equations 3 and 5).
 * One kernel each way on tfjs's wasm backend after `installTrainingKernels`, plain tfjs operations elsewhere.
 *
 * @param x [..., channels]; a depthwise filter is to be reshaped to [height, width, channels] first
 * @param step one value (activations), or [channels] (weights, a step per output channel); positive
 * @throws RtfqError `INVALID_ARGUMENT` where the shapes do not fit
 */
export function fakeQuantize<X extends tf.Tensor>(
  x: X,
  step: tf.Tensor,
  range: FakeQuantizeRange,
): X {
  checkShapes(x, step);
  const math = hasFakeQuantizeKernels() ? kernelFakeQuantize : plainFakeQuantize;
  const operation = tf.customGrad((...tensors) => {
    const [x, step, save] = tensors as unknown as [tf.Tensor, tf.Tensor, tf.GradSaveFunc];
    save([x, step]);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]) => {
      const [x, step] = saved as [tf.Tensor, tf.Tensor];
      return math.backward(x, step, dy, range);
    };
    return { value: math.forward(x, step, range), gradFunc };
  });
  return operation(x, step) as X;
}

function checkShapes(x: tf.Tensor, step: tf.Tensor): void {
  const perChannel = step.rank === 1 && step.size === x.shape.at(-1);
  if ((step.size === 1 || perChannel) && x.dtype === 'float32') return;
  throw new RtfqError('INVALID_ARGUMENT', 'a step is for all of a float x or one per channel', {
    got: `x [${x.shape}] ${x.dtype}, step [${step.shape}]`,
    expected: `step [] or [${x.shape.at(-1)}]`,
  });
}
