import { TensorProto_DataType } from 'onnx-buf';
import { integerRange, type LayerStep, type Plan, type TensorId } from '../../network/plan.ts';
import { borderCorrection, borderOf, zeroOffsets } from '../imageBorder.ts';
import type { WeightsOf } from '../lowerPlan.ts';
import { imageTensorName, logitsTensorName, type PeerTensor } from '../peerGraph.ts';
import { swapAxes } from '../swapAxes.ts';
import { TensorSteps } from '../tensorSteps.ts';
import { type Attributes, boundary, GraphWriter } from './graphWriter.ts';
import { writeBorder } from './nodes.ts';

const { FLOAT: f32, INT32: int32 } = TensorProto_DataType;

/**
 * A plan as ONNX that computes what the reference backend computes, to the bit: integer sums of products
 * (ConvInteger), then our epilogue operation by operation in f32, then rounding with a step of 1 after a
 * multiplication with the inverse step. The residual stream is f32. Runtimes fuse none of it, so it takes
 * several times as long as `encodeOnnx`: it is for checking one implementation against another.
 */
export function encodeExactOnnx(plan: Plan, weightsOf: WeightsOf, description: string): Uint8Array {
  return new ExactEncoder(plan, weightsOf).encode(description);
}

class ExactEncoder {
  readonly #plan: Plan;
  readonly #weightsOf: WeightsOf;
  readonly #writer = new GraphWriter();
  readonly #image: PeerTensor;
  /** Names of the plan's tensors in the file. */
  readonly #names = new Map<TensorId, string>();

  constructor(plan: Plan, weightsOf: WeightsOf) {
    this.#plan = plan;
    this.#weightsOf = weightsOf;
    this.#image = new TensorSteps(plan).image();
  }

  encode(description: string): Uint8Array {
    const { image, logits, steps, tensors } = this.#plan;
    this.#names.set(image, imageTensorName);
    for (const step of steps) {
      if (step.kind === 'layer') this.#layer(step);
      else this.#quantize(step.integerOutput, this.#names.get(step.input)!, step.inverseStep);
    }
    const { height, width, channels } = tensors[image]!;
    this.#writer.node('Flatten', [this.#names.get(logits)!], logitsTensorName);
    return this.#writer.finish(
      description,
      boundary(imageTensorName, 'bytes', [1, channels, height, width]),
      boundary(logitsTensorName, 'floats', [1, tensors[logits]!.channels]),
    );
  }

  #layer(step: LayerStep): void {
    const writer = this.#writer;
    const { layer, table, residual, clampMin, clampMax } = step;
    const shape = [table.bias.length, 1, 1];
    const name = (part: string) => `${layer.name}:${part}`;
    const multiplier = writer.constant(name('multiplier'), table.multiplier, shape);
    const bias = writer.constant(name('bias'), table.bias, shape);
    const sums = this.#accumulate(step);
    writer.node('Cast', [sums], name('floats'), { to: f32 });
    writer.node('Mul', [name('floats'), multiplier], name('products'));
    writer.node('Add', [name('products'), bias], name('sum'));
    let result = name('sum');
    if (residual !== null) {
      writer.node('Add', [result, this.#names.get(residual)!], name('withResidual'));
      result = name('withResidual');
    }
    if (layer.activation !== 'none') {
      const bounds = [clampMin, clampMax].map((bound, i) =>
        writer.constant(name(`bound${i}`), Float32Array.of(bound), []),
      );
      writer.node('Clip', [result, ...bounds], name('activated'));
      result = name('activated');
    }
    if (step.floatOutput !== null) this.#names.set(step.floatOutput, result);
    if (step.integerOutput !== null) this.#quantize(step.integerOutput, result, step.inverseStep);
  }

  /** @returns name of the accumulators, int32 */
  #accumulate(step: LayerStep): string {
    switch (step.layer.op) {
      case 'conv':
      case 'depthwise':
      case 'fullyConnected':
        return this.#convolve(step);
      case 'averagePool': {
        const axes = this.#writer.constant('pooledAxes', BigInt64Array.of(2n, 3n), [2]);
        const sums = `${step.layer.name}:accumulators`;
        this.#writer.node(
          'ReduceSum',
          [this.#values(step, this.#names.get(step.input)!), axes],
          sums,
        );
        return sums;
      }
      case 'maxPool': {
        const largest = `${step.layer.name}:largest`;
        this.#writer.node('MaxPool', [this.#names.get(step.input)!], largest, windowOf(step));
        return this.#values(step, largest);
      }
      default:
        return step.layer.op satisfies never;
    }
  }

  #convolve(step: LayerStep): string {
    const writer = this.#writer;
    const { name, op, kernel, padding } = step.layer;
    const { image, tensors } = this.#plan;
    const channels = step.table.bias.length;
    const depth = op === 'depthwise' ? 1 : tensors[step.input]!.channels;
    const weightsOhwi = this.#weightsOf(step);
    const weightsOihw = swapAxes(weightsOhwi, channels, kernel[0] * kernel[1], depth);
    const weights = writer.constant(`${name}:weights`, weightsOihw, [channels, depth, ...kernel]);
    const zero = writer.constant(`${name}:zero`, Uint8Array.of(this.#zeroPoint(step.input)), []);
    const group = op === 'depthwise' ? channels : 1;
    const sums = `${name}:accumulators`;
    const border = step.input === image ? borderOf(this.#plan, this.#image, padding) : null;
    if (border === null) {
      const input = this.#names.get(step.input)!;
      writer.node('ConvInteger', [input, weights, zero], sums, { ...windowOf(step), group });
      return sums;
    }
    writeBorder(writer, border);
    const unpadded = { ...windowOf(step), pads: [0, 0, 0, 0], group };
    writer.node('ConvInteger', [border.output.name, weights, zero], `${sums}:shifted`, unpadded);
    const correction = borderCorrection(weightsOhwi, channels, zeroOffsets(this.#plan));
    const offset = writer.constant(`${name}:correction`, correction, [channels, 1, 1]);
    writer.node('Add', [`${sums}:shifted`, offset], sums);
    return sums;
  }

  /** The numbers that bytes stand for. @returns name, int32 */
  #values({ layer, input }: LayerStep, bytes: string): string {
    const [wide, values] = [`${layer.name}:wide`, `${layer.name}:values`];
    const zero = Int32Array.of(this.#zeroPoint(input));
    this.#writer.node('Cast', [bytes], wide, { to: int32 });
    this.#writer.node('Sub', [wide, this.#writer.constant(`${layer.name}:zero`, zero, [])], values);
    return values;
  }

  #quantize(id: TensorId, floats: string, inverseStep: number): void {
    const writer = this.#writer;
    const range = integerRange(this.#plan, id);
    const name = (part: string) => `${this.#plan.tensors[id]!.name}:${id}:${part}`;
    const factor = writer.constant(name('inverseStep'), Float32Array.of(inverseStep), []);
    const one = writer.constant(name('one'), Float32Array.of(1), []);
    const zero = writer.constant(name('zero'), Uint8Array.of(-range.min), []);
    writer.node('Mul', [floats, factor], name('scaled'));
    writer.node('QuantizeLinear', [name('scaled'), one, zero], name('saturated'));
    // The least number is stored as 0, so that saturating is half of the clamp.
    const largest = writer.constant(name('largest'), Uint8Array.of(range.max - range.min), []);
    writer.node('Clip', [name('saturated'), '', largest], name('quantized'));
    this.#names.set(id, name('quantized'));
  }

  #zeroPoint(id: TensorId): number {
    if (id === this.#plan.image) return -this.#image.range.min;
    return -integerRange(this.#plan, id).min;
  }
}

function windowOf({ layer }: LayerStep): Attributes {
  const { kernel, stride, padding } = layer;
  return { kernel_shape: kernel, strides: [stride, stride], pads: padding };
}
