import { convShape } from '../../src/backends/convShape.ts';
import { tensorBytes } from '../../src/backends/wasm/strides.ts';
import { imageName } from '../../src/model/validate.ts';
import {
  type LayerStep,
  outputsOf,
  type Plan,
  type PlanStep,
  type TensorId,
} from '../../src/network/plan.ts';
import type { StepKind, StepTime } from './roofline.ts';

export type DescribedStep = Pick<StepTime, 'name' | 'kind' | 'shape' | 'macs' | 'bytes'>;

/** What a step of a plan is and how much work it has, before anyone times it. */
export function describeStep(plan: Plan, step: PlanStep): DescribedStep {
  const outputs = outputsOf(step);
  const shape = `${sizeOf(plan, step.input)} to ${sizeOf(plan, outputs[0]!)}`;
  const tensors = [step.input, ...outputs];
  if (step.kind === 'quantize') {
    const { name } = plan.tensors[step.input]!;
    return { name, kind: 'quantize', shape, macs: 0, bytes: bytesOf(plan, tensors) };
  }
  if (step.residual !== null) tensors.push(step.residual);
  const { weights, positions } = workOf(plan, step);
  return {
    name: step.layer.name,
    kind: kindOf(step),
    shape,
    macs: weights * positions,
    // A byte each, whatever their bits.
    bytes: bytesOf(plan, tensors) + weights,
  };
}

/** Bringing in the frame: its pixels are read once, the image is written. */
export function describeResize(plan: Plan): DescribedStep {
  const bytes = 2 * tensorBytes(plan, plan.image);
  return { name: 'frame', kind: 'resize', shape: `to ${sizeOf(plan, plan.image)}`, macs: 0, bytes };
}

function workOf(plan: Plan, step: LayerStep) {
  const { op } = step.layer;
  if (op === 'averagePool' || op === 'maxPool') return { weights: 0, positions: 0 };
  const shape = convShape(plan, step);
  const depth = op === 'depthwise' ? 1 : shape.inChannels;
  return {
    weights: shape.outChannels * shape.kernelHeight * shape.kernelWidth * depth,
    positions: shape.outHeight * shape.outWidth,
  };
}

function kindOf({ layer }: LayerStep): StepKind {
  switch (layer.op) {
    case 'averagePool':
    case 'maxPool':
      return 'pool';
    case 'conv': {
      if (layer.input === imageName) return 'stem';
      const [height, width] = layer.kernel;
      return height * width === 1 ? 'pointwise' : 'conv';
    }
    case 'depthwise':
    case 'fullyConnected':
      return layer.op;
    default:
      return layer.op satisfies never;
  }
}

function sizeOf(plan: Plan, id: TensorId): string {
  const { height, width, channels } = plan.tensors[id]!;
  return `${height} x ${width} x ${channels}`;
}

function bytesOf(plan: Plan, tensors: readonly TensorId[]): number {
  return tensors.reduce((sum, id) => sum + tensorBytes(plan, id), 0);
}
