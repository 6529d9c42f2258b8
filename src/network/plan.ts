import { RtfqError } from '../errors.ts';
import { isPooling, type Layer, type Manifest } from '../model/manifest.ts';
import { locateWeights } from '../model/reader.ts';
import type { LayerTable } from '../model/table.ts';
import { imageName } from '../model/validate.ts';
import { activationRange, type BitWidth, type IntegerRange, weightRange } from '../quant/bits.ts';
import { inverseOfStep } from '../quant/round.ts';
import { outputSize, pooledTerms, type Size } from './geometry.ts';
import type { Subnet } from './subnet.ts';

/** What one subnet does, step by step: pure data that a backend compiles into a program. */
export interface Plan {
  readonly subnet: Subnet;
  readonly steps: readonly PlanStep[];
  readonly tensors: readonly PlanTensor[];
  /** The image tensor: unsigned 8-bit RGB at the subnet's resolution. */
  readonly image: TensorId;
  /** RGB values that stand for zero. */
  readonly imageZeroPoint: readonly [number, number, number];
  /** The centre square that is classified, as a fraction of the frame's short side. */
  readonly cropFraction: number;
  /** Float32, one per class. */
  readonly logits: TensorId;
}

/** Index into `Plan.tensors`. */
export type TensorId = number;

export interface PlanTensor {
  readonly name: string;
  readonly height: number;
  readonly width: number;
  readonly channels: number;
  /** `integer`: a quantized activation with its range; `float`: f32, the residual stream and the logits. */
  readonly values:
    | { readonly kind: 'float' }
    | { readonly kind: 'integer'; readonly range: IntegerRange };
  /** Steps between which the tensor must be kept: written by the first, last read by the second (inclusive). */
  readonly firstStep: number;
  readonly lastStep: number;
}

export type PlanStep = LayerStep | QuantizeStep;

/** Writes activations in f32, as integers, or both (one for the residual stream, one for the next layer). */
export interface LayerStep {
  readonly kind: 'layer';
  readonly layer: Layer;
  readonly weightBits: BitWidth | null;
  /** A bound of every |sum of products| (numeric contract, rule 3). */
  readonly largestSum: number;
  readonly input: TensorId;
  readonly residual: TensorId | null;
  readonly floatOutput: TensorId | null;
  readonly integerOutput: TensorId | null;
  readonly table: LayerTable;
  /** Clamp of the activation function, in f32. */
  readonly clampMin: number;
  readonly clampMax: number;
  /** 1/step of the integer output's quantizer; 0 where there is none. */
  readonly inverseStep: number;
}

/** Quantizes an f32 tensor once more, for a consumer with a step of its own. */
export interface QuantizeStep {
  readonly kind: 'quantize';
  readonly input: TensorId;
  readonly integerOutput: TensorId;
  readonly inverseStep: number;
}

/** The range of an integer tensor; asking for that of a float tensor is a bug. */
export function integerRange(plan: Plan, id: TensorId): IntegerRange {
  const { values } = plan.tensors[id]!;
  if (values.kind !== 'integer') throw new RtfqError('INTERNAL', `tensor ${id} is not integer`);
  return values.range;
}

/** What the last layer reads, as it reads it: integers, each standing for itself times `step`. */
export function featuresOf({ steps }: Plan): { readonly id: TensorId; readonly step: number } {
  const last = steps.at(-1)!;
  if (last.kind !== 'layer') throw new RtfqError('INTERNAL', 'the last step is no layer');
  return { id: last.input, step: last.table.inputStep };
}

/** The tensors that a step writes. */
export function outputsOf(step: PlanStep): readonly TensorId[] {
  const float = step.kind === 'layer' ? step.floatOutput : null;
  return [float, step.integerOutput].filter((id) => id !== null);
}

// All tensors of one subnet together, half a gigabyte as f32. A manifest of a kilobyte can ask for far
// more. MobileNetV2 at 224 px has 7 million values.
const maxActivationValues = 2 ** 27;
// Backends fill a pixel's channels up to a multiple of 8 at most: a tensor of one channel takes eight.
const countedChannels = 8;

/**
 * Builds the plan of one subnet.
 * @param tables the subnet's, one per layer (`Model.readTable`)
 * @throws RtfqError `MODEL_FORMAT` where shapes do not fit, an accumulator could pass 32 bits or the
 *   activations would fill the memory
 */
export function buildPlan(manifest: Manifest, subnet: Subnet, tables: readonly LayerTable[]): Plan {
  const builder = new PlanBuilder(manifest, subnet, tables);
  return builder.build();
}

interface Quantizer {
  readonly inverseStep: number;
  readonly range: IntegerRange;
}

interface MutableTensor extends Omit<PlanTensor, 'lastStep'> {
  lastStep: number;
}

class PlanBuilder {
  readonly #manifest: Manifest;
  readonly #subnet: Subnet;
  readonly #tables: readonly LayerTable[];
  readonly #widthIndex: number;
  readonly #bitsIndex: number;
  readonly #tensors: MutableTensor[] = [];
  readonly #steps: PlanStep[] = [];
  readonly #floats = new Map<string, TensorId>();
  /** By layer name and quantizer. */
  readonly #integers = new Map<string, TensorId>();
  readonly #sizes = new Map<string, Size>();
  #values = 0;

  constructor(manifest: Manifest, subnet: Subnet, tables: readonly LayerTable[]) {
    this.#manifest = manifest;
    const { width, resolution, bits } = subnet;
    this.#subnet = { width, resolution, bits };
    this.#tables = tables;
    this.#widthIndex = manifest.widths.indexOf(subnet.width);
    this.#bitsIndex = manifest.bits.indexOf(subnet.bits);
  }

  build(): Plan {
    const side = this.#subnet.resolution;
    const image = this.#addTensor(imageName, { height: side, width: side }, 3, {
      kind: 'integer',
      range: activationRange(8, false),
    });
    this.#sizes.set(imageName, { height: side, width: side });
    this.#manifest.layers.forEach((layer, index) => {
      this.#addLayer(layer, index);
    });
    const last = this.#manifest.layers.at(-1)!;
    return {
      subnet: this.#subnet,
      steps: this.#steps,
      tensors: this.#tensors,
      image,
      imageZeroPoint: this.#manifest.input.zeroPoint,
      cropFraction: this.#manifest.input.cropFraction,
      logits: this.#floats.get(last.name)!,
    };
  }

  #addLayer(layer: Layer, index: number): void {
    const size = this.#outputSize(layer);
    this.#sizes.set(layer.name, size);
    const weightBits = layer.weights
      ? locateWeights(this.#manifest, layer, this.#subnet.bits).bits
      : null;
    const largestSum = this.#boundSums(layer, weightBits);
    const input = this.#read(this.#inputTensor(layer, index));
    const residual =
      layer.residual === undefined ? null : this.#read(this.#floats.get(layer.residual)!);

    const channels = layer.outChannels[this.#widthIndex]!;
    const quantizers = this.#quantizersOf(layer);
    const isLast = index === this.#manifest.layers.length - 1;
    const isResidual = this.#manifest.layers.some(({ residual }) => residual === layer.name);
    const needsFloat = isLast || isResidual || quantizers.length > 1;
    const fused = quantizers[0];
    const floatOutput = needsFloat
      ? this.#addTensor(layer.name, size, channels, { kind: 'float' })
      : null;
    if (floatOutput !== null) this.#floats.set(layer.name, floatOutput);
    const integerOutput = fused ? this.#addInteger(layer.name, size, channels, fused) : null;
    this.#steps.push({
      kind: 'layer',
      layer,
      weightBits,
      largestSum,
      input,
      residual,
      floatOutput,
      integerOutput,
      table: this.#tables[index]!,
      clampMin: layer.activation === 'none' ? Number.NEGATIVE_INFINITY : 0,
      clampMax: layer.activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY,
      inverseStep: fused?.inverseStep ?? 0,
    });
    for (const quantizer of quantizers.slice(1)) {
      this.#read(floatOutput!);
      this.#steps.push({
        kind: 'quantize',
        input: floatOutput!,
        integerOutput: this.#addInteger(layer.name, size, channels, quantizer),
        inverseStep: quantizer.inverseStep,
      });
    }
  }

  /** The different quantizers with which later layers read this one's output. */
  #quantizersOf(layer: Layer): readonly Quantizer[] {
    const quantizers = new Map<string, Quantizer>();
    this.#manifest.layers.forEach((consumer, index) => {
      if (consumer.input !== layer.name) return;
      const quantizer = this.#quantizer(consumer, index);
      quantizers.set(quantizerKey(layer.name, quantizer), quantizer);
    });
    return [...quantizers.values()];
  }

  #quantizer(consumer: Layer, index: number): Quantizer {
    return {
      inverseStep: inverseOfStep(this.#tables[index]!.inputStep),
      range: activationRange(consumer.inputBits[this.#bitsIndex]!, consumer.inputSigned),
    };
  }

  #inputTensor(layer: Layer, index: number): TensorId {
    if (layer.input === imageName) return 0;
    return this.#integers.get(quantizerKey(layer.input, this.#quantizer(layer, index)))!;
  }

  #outputSize(layer: Layer): Size {
    const input = this.#sizes.get(layer.input)!;
    const size = outputSize(layer, input);
    if (layer.op === 'fullyConnected' && input.height * input.width !== 1) {
      throw new RtfqError('MODEL_FORMAT', `${layer.name} reads more than one position`, {
        got: describeSize(input),
        expected: '1 x 1',
      });
    }
    if (size.height < 1 || size.width < 1) {
      throw new RtfqError('MODEL_FORMAT', `${layer.name} has no output`, {
        got: `an input of ${describeSize(input)}`,
        expected: `at least its kernel, ${layer.kernel.join(' x ')}`,
      });
    }
    const residual = layer.residual === undefined ? size : this.#sizes.get(layer.residual)!;
    if (residual.height !== size.height || residual.width !== size.width) {
      throw new RtfqError('MODEL_FORMAT', `${layer.name}: its residual has another size`, {
        got: describeSize(residual),
        expected: describeSize(size),
      });
    }
    return size;
  }

  /** Numeric contract, rule 3: the largest |accumulator| is proved, here, to fit in int32. */
  #boundSums(layer: Layer, weightBits: BitWidth | null): number {
    const { min, max } = activationRange(layer.inputBits[this.#bitsIndex]!, layer.inputSigned);
    const input = this.#sizes.get(layer.input)!;
    const channels = layer.op === 'depthwise' ? 1 : layer.inChannels[this.#widthIndex]!;
    const terms = isPooling(layer)
      ? pooledTerms(layer, input)
      : layer.kernel[0] * layer.kernel[1] * channels;
    const largestWeight = weightBits === null ? 1 : -weightRange(weightBits).min;
    const bound = terms * largestWeight * Math.max(max, -min);
    if (bound >= 2 ** 31) {
      throw new RtfqError('MODEL_FORMAT', `${layer.name}: its accumulator could overflow`, {
        got: `a bound of ${bound}`,
        expected: 'less than 2^31',
      });
    }
    return bound;
  }

  #addInteger(name: string, size: Size, channels: number, quantizer: Quantizer): TensorId {
    const tensor = this.#addTensor(name, size, channels, {
      kind: 'integer',
      range: quantizer.range,
    });
    this.#integers.set(quantizerKey(name, quantizer), tensor);
    return tensor;
  }

  #addTensor(name: string, size: Size, channels: number, values: PlanTensor['values']): TensorId {
    const counted = Math.ceil(channels / countedChannels) * countedChannels;
    this.#values += size.height * size.width * counted;
    if (this.#values > maxActivationValues) {
      throw new RtfqError('MODEL_FORMAT', `${name}: the activations are too large`, {
        got: `${describeSize(size)} x ${channels}, ${this.#values} values so far`,
        expected: `at most ${maxActivationValues} values in all`,
      });
    }
    const step = this.#steps.length;
    this.#tensors.push({ name, ...size, channels, values, firstStep: step, lastStep: step });
    return this.#tensors.length - 1;
  }

  #read(tensor: TensorId): TensorId {
    this.#tensors[tensor]!.lastStep = this.#steps.length;
    return tensor;
  }
}

function quantizerKey(name: string, { inverseStep, range }: Quantizer): string {
  return `${name}/${inverseStep}/${range.min}/${range.max}`;
}

function describeSize({ height, width }: Size): string {
  return `${height} x ${width}`;
}
