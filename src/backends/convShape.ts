import type { ConvShape } from '../kernels/conv/contract.ts';
import type { LayerStep, Plan } from '../network/plan.ts';

/** The shape of a layer step, as its kernel's contract wants it. */
export function convShape(plan: Plan, step: LayerStep): ConvShape {
  const input = plan.tensors[step.input]!;
  const output = plan.tensors[step.integerOutput ?? step.floatOutput!]!;
  const { kernel, stride, padding } = step.layer;
  return {
    inHeight: input.height,
    inWidth: input.width,
    inChannels: input.channels,
    outHeight: output.height,
    outWidth: output.width,
    outChannels: output.channels,
    kernelHeight: kernel[0],
    kernelWidth: kernel[1],
    stride,
    padTop: padding[0],
    padLeft: padding[1],
  };
}
