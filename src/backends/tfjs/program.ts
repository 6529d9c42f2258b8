import * as tf from '@tensorflow/tfjs';
import type { RgbaFrame } from '../../kernels/resize/contract.ts';
import { cropAndResize } from '../../kernels/resize/reference.ts';
import {
  integerRange,
  type LayerStep,
  outputsOf,
  type Plan,
  type PlanStep,
  type TensorId,
} from '../../network/plan.ts';
import type { ObserveTensor, Program } from '../backend.ts';

/** What tfjs computes with; `wasm` only where the host has registered it, since it needs files of its own. */
export type TfjsKind = 'webgl' | 'wasm' | 'cpu';

/** Integers are kept as floats with whole values, so that every tfjs backend can add them up. */
export class FloatProgram implements Program {
  readonly plan: Plan;
  readonly #kind: TfjsKind;
  /** Per step; null where the step has none. */
  readonly #weights: readonly (tf.Tensor4D | null)[];
  readonly #biases: readonly (tf.Tensor1D | null)[];
  readonly #multipliers: readonly (tf.Tensor1D | null)[];

  constructor(plan: Plan, weights: readonly (tf.Tensor4D | null)[], kind: TfjsKind) {
    this.plan = plan;
    this.#kind = kind;
    this.#weights = weights;
    this.#biases = plan.steps.map((step) =>
      step.kind === 'layer' ? tf.tensor1d(step.table.bias) : null,
    );
    this.#multipliers = plan.steps.map((step) =>
      step.kind === 'layer' && step.weightBits === null ? tf.tensor1d(step.table.multiplier) : null,
    );
  }

  async run(frame: RgbaFrame, observe?: ObserveTensor): Promise<Float32Array> {
    if (tf.getBackend() !== this.#kind) await tf.setBackend(this.#kind);
    const { plan } = this;
    const side = plan.subnet.resolution;
    const rgb = cropAndResize(frame, plan.cropFraction, side);
    observe?.(plan.image, Int16Array.from(rgb));
    const tensors: (tf.Tensor4D | undefined)[] = [];
    try {
      tensors[plan.image] = tf.tidy(() =>
        tf.sub(tf.tensor4d(Float32Array.from(rgb), [1, side, side, 3]), [...plan.imageZeroPoint]),
      );
      for (const [i, step] of plan.steps.entries()) {
        this.#runStep(i, step, tensors);
        for (const id of observe === undefined ? [] : outputsOf(step)) {
          observe?.(id, await this.#observed(id, tensors[id]!));
        }
        tensors.forEach((tensor, id) => {
          if (plan.tensors[id]!.lastStep === i && id !== plan.logits) tensor?.dispose();
        });
      }
      return (await tensors[plan.logits]!.data()) as Float32Array;
    } finally {
      tf.dispose(tensors.filter((tensor) => tensor !== undefined && !tensor.isDisposed));
    }
  }

  dispose(): void {
    tf.dispose([...this.#weights, ...this.#biases, ...this.#multipliers].filter((t) => t !== null));
  }

  #runStep(index: number, step: PlanStep, tensors: (tf.Tensor4D | undefined)[]): void {
    const y =
      step.kind === 'quantize'
        ? tensors[step.input]!
        : tf.tidy(() => finish(step, this.#weighted(index, step, tensors[step.input]!), tensors));
    const { integerOutput } = step;
    if (integerOutput !== null) {
      const range = integerRange(this.plan, integerOutput);
      tensors[integerOutput] = tf.tidy(() => quantize(y, step.inverseStep, range));
    }
    if (step.kind === 'quantize') return;
    if (step.floatOutput === null) y.dispose();
    else tensors[step.floatOutput] = y;
  }

  /** multiplier * accumulator + bias */
  #weighted(index: number, { layer }: LayerStep, input: tf.Tensor4D): tf.Tensor4D {
    const weights = this.#weights[index]!;
    const bias = this.#biases[index]!;
    const { stride } = layer;
    const [top, left, bottom, right] = layer.padding;
    const pad: [[number, number], [number, number], [number, number], [number, number]] = [
      [0, 0],
      [top, bottom],
      [left, right],
      [0, 0],
    ];
    const isPadded = top + left + bottom + right > 0;
    switch (layer.op) {
      case 'conv':
      case 'fullyConnected':
        return tf.fused.conv2d({
          x: input,
          filter: weights,
          strides: stride,
          pad: isPadded ? pad : 'valid',
          bias,
        });
      case 'depthwise':
        return tf.fused.depthwiseConv2d({
          x: isPadded ? tf.pad(input, pad) : input,
          filter: weights,
          strides: stride,
          pad: 'valid',
          bias,
        });
      case 'averagePool':
        return tf.add(tf.mul(tf.sum(input, [1, 2], true), this.#multipliers[index]!), bias);
      case 'maxPool': {
        // Padding never wins: it is less than any value.
        const padded = isPadded ? tf.pad(input, pad, lessThanAll) : input;
        const largest = tf.maxPool(padded, [...layer.kernel], stride, 'valid');
        return tf.add(tf.mul(largest, this.#multipliers[index]!), bias);
      }
      default:
        return layer.op satisfies never;
    }
  }

  async #observed(id: TensorId, tensor: tf.Tensor4D): Promise<Float32Array | Int16Array> {
    const values = await tensor.data<'float32'>();
    return this.plan.tensors[id]!.values.kind === 'float' ? values : Int16Array.from(values);
  }
}

const lessThanAll = -256;

function finish(
  { residual, clampMin, clampMax }: LayerStep,
  sums: tf.Tensor4D,
  tensors: readonly (tf.Tensor4D | undefined)[],
): tf.Tensor4D {
  const y = residual === null ? sums : tf.add<tf.Tensor4D>(sums, tensors[residual]!);
  const isClamped = clampMin > Number.NEGATIVE_INFINITY || clampMax < Number.POSITIVE_INFINITY;
  return isClamped
    ? tf.clipByValue(y, Math.max(clampMin, -largest), Math.min(clampMax, largest))
    : y;
}

// Shaders know no infinities.
const largest = 1e30;

function quantize(
  y: tf.Tensor4D,
  inverseStep: number,
  { min, max }: { readonly min: number; readonly max: number },
): tf.Tensor4D {
  return tf.clipByValue(tf.round(tf.mul<tf.Tensor4D>(y, inverseStep)), min, max);
}
