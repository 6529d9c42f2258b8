import { sumPositions } from '../../kernels/averagePool/reference.ts';
import { convolve } from '../../kernels/conv/reference.ts';
import { convolveDepthwise } from '../../kernels/depthwise/reference.ts';
import { finishAccumulators } from '../../kernels/epilogue/reference.ts';
import { largestUnderKernel } from '../../kernels/maxPool/reference.ts';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { cropAndResize } from '../../kernels/resize/reference.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { WeightPack } from '../../model/reader.ts';
import {
  integerRange,
  type LayerStep,
  outputsOf,
  type Plan,
  type PlanStep,
  type TensorId,
} from '../../network/plan.ts';
import { requantize } from '../../quant/round.ts';
import type { Backend, ObserveTensor, Program } from '../backend.ts';
import { convShape } from '../convShape.ts';
import { LoadedPacks } from '../loadedPacks.ts';

/** The oracle: plain loops that say what every backend must compute. Slow, and runs anywhere. */
export function openReferenceBackend(): Backend {
  return new ReferenceBackend();
}

class ReferenceBackend implements Backend {
  readonly name = 'reference';
  readonly description = 'plain TypeScript, exact and slow';
  readonly #packs = new LoadedPacks();

  loadPack(manifest: Manifest, pack: WeightPack): void {
    this.#packs.load(manifest, pack);
  }

  unloadPack(id: WeightPack['id']): void {
    this.#packs.unload(id);
  }

  compile(plan: Plan): Program {
    const weights = plan.steps.map((step) => {
      if (step.kind !== 'layer' || step.weightBits === null) return null;
      return this.#packs.weightsOf(plan, step);
    });
    return new ReferenceProgram(plan, weights);
  }

  dispose(): void {
    this.#packs.clear();
  }
}

type TensorValues = Float32Array | Int16Array;

class ReferenceProgram implements Program {
  readonly plan: Plan;
  /** Per step, [out][tap][in]; null where the step has none. */
  readonly #weights: readonly (Int8Array | null)[];

  constructor(plan: Plan, weights: readonly (Int8Array | null)[]) {
    this.plan = plan;
    this.#weights = weights;
  }

  run(frame: RgbaFrame, observe?: ObserveTensor): Float32Array {
    const { plan } = this;
    const tensors = plan.tensors.map(({ height, width, channels, values }): TensorValues => {
      const count = height * width * channels;
      return values.kind === 'float' ? new Float32Array(count) : new Int16Array(count);
    });
    const side = plan.subnet.resolution;
    const image = tensors[plan.image]!;
    image.set(cropAndResize(frame, plan.cropFraction, side));
    observe?.(plan.image, image);
    // From here on the image's integers are what its bytes stand for.
    image.forEach((value, i) => {
      image[i] = value - plan.imageZeroPoint[i % 3]!;
    });
    plan.steps.forEach((step, i) => {
      this.#runStep(step, this.#weights[i]!, tensors);
      for (const id of outputsOf(step)) observe?.(id, tensors[id]!);
    });
    return (tensors[plan.logits] as Float32Array).slice();
  }

  #runStep(step: PlanStep, weights: Int8Array | null, tensors: TensorValues[]): void {
    if (step.kind === 'quantize') {
      const range = integerRange(this.plan, step.integerOutput);
      const output = tensors[step.integerOutput]!;
      tensors[step.input]!.forEach((y, i) => {
        output[i] = requantize(y, step.inverseStep, range);
      });
      return;
    }
    const accumulators = this.#accumulate(step, weights, tensors[step.input] as Int16Array);
    const values = (id: TensorId | null) => (id === null ? null : tensors[id]!);
    finishAccumulators(accumulators, {
      ...step.table,
      clampMin: step.clampMin,
      clampMax: step.clampMax,
      residual: values(step.residual) as Float32Array | null,
      floatOutput: values(step.floatOutput) as Float32Array | null,
      integerOutput:
        step.integerOutput === null
          ? null
          : {
              values: tensors[step.integerOutput] as Int16Array,
              inverseStep: step.inverseStep,
              range: integerRange(this.plan, step.integerOutput),
            },
    });
  }

  #accumulate(step: LayerStep, weights: Int8Array | null, input: Int16Array): Int32Array {
    const shape = convShape(this.plan, step);
    switch (step.layer.op) {
      case 'conv':
      case 'fullyConnected':
        return convolve(input, weights!, shape);
      case 'depthwise':
        return convolveDepthwise(input, weights!, { ...shape, channels: shape.outChannels });
      case 'averagePool':
        return sumPositions(input, {
          positions: shape.inHeight * shape.inWidth,
          channels: shape.inChannels,
        });
      case 'maxPool':
        return largestUnderKernel(input, { ...shape, channels: shape.inChannels });
      default:
        return step.layer.op satisfies never;
    }
  }

  dispose(): void {}
}
