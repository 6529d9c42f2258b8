import * as tf from '@tensorflow/tfjs';
import type { FakeQuantizeMath, FakeQuantizeRange } from './fakeQuantizeMath.ts';
import type { TensorMemory } from './tensorMemory.ts';
import { wasmKernel } from './wasmKernel.ts';

const forwardName = 'RtfqFakeQuantize';
const backwardName = 'RtfqFakeQuantizeGradient';
const floatBytes = 4;

export const fakeQuantizeKernels: readonly tf.KernelConfig[] = [
  wasmKernel<'x' | 'step', FakeQuantizeRange>(
    forwardName,
    ({ inputs: { x, step }, attributes: { min, max }, memory }) => {
      const y = memory.makeFloats(x.shape);
      const { module } = memory;
      withLayout(memory, x, step, ({ count, channels, scratch }) => {
        const [from, steps, to] = [x, step, y].map((tensor) => memory.addressOf(tensor));
        if (channels === 1) module.fakeQuantizeWhole(from!, steps!, to!, count, min, max);
        else {
          const rows = count / channels;
          module.fakeQuantizeByChannel(from!, steps!, to!, rows, channels, min, max, scratch);
        }
      });
      return y;
    },
  ),
  wasmKernel<'x' | 'step' | 'dy', FakeQuantizeRange>(
    backwardName,
    ({ inputs: { x, step, dy }, attributes: { min, max, gradScale }, memory }) => {
      const dx = memory.makeFloats(x.shape);
      const dStep = memory.makeFloats(step.shape);
      const { module } = memory;
      withLayout(memory, x, step, ({ count, channels, scratch }) => {
        const addresses = [x, step, dy, dx, dStep].map((tensor) => memory.addressOf(tensor));
        const tensors = addresses as [number, number, number, number, number];
        if (channels === 1) {
          module.fakeQuantizeWholeGradient(...tensors, count, min, max, gradScale);
        } else {
          const rows = count / channels;
          module.fakeQuantizeByChannelGradient(
            ...tensors,
            rows,
            channels,
            min,
            max,
            gradScale,
            scratch,
          );
        }
      });
      return [dx, dStep];
    },
  ),
];

/** Fake quantization by one kernel each way, where `installTrainingKernels` has put them. */
export const kernelFakeQuantize: FakeQuantizeMath = {
  forward(x, step, range) {
    return tf.engine().runKernel(forwardName, { x, step }, { ...range });
  },

  backward(x, step, dy, range) {
    return tf.engine().runKernel(backwardName, { x, step, dy }, { ...range });
  },
};

export function hasFakeQuantizeKernels(): boolean {
  return tf.getKernel(forwardName, tf.getBackend()) !== undefined;
}

interface StepLayout {
  readonly count: number;
  /** 1 where one step serves all. */
  readonly channels: number;
  /** Room for one float a channel. */
  readonly scratch: number;
}

function withLayout(
  memory: TensorMemory,
  x: tf.TensorInfo,
  step: tf.TensorInfo,
  run: (layout: StepLayout) => void,
): void {
  const count = tf.util.sizeFromShape(x.shape);
  const channels = tf.util.sizeFromShape(step.shape);
  memory.withScratch(channels * floatBytes, (scratch) => run({ count, channels, scratch }));
}
