import { isPooling } from '../model/manifest.ts';
import { integerRange, type LayerStep, type Plan, type TensorId } from '../network/plan.ts';
import { activationRange } from '../quant/bits.ts';
import { imageTensorName, type PeerTensor } from './peerGraph.ts';

const byteLevels = 256;

type Quantization = Pick<PeerTensor, 'step' | 'range'>;

/**
 * Gives the tensors of a plan a step and a range within a byte. Ours has f32 where peers have bytes: the
 * residual stream. There a layer's output takes
 *   - what its reader quantizes to, where that has 8 bits, so that nothing is rounded twice for it;
 *   - else the same span in 256 steps (a quarter of a 6-bit step, a sixteenth of a 4-bit one): the reader
 *     rounds to its own from there, and the addition does not suffer from few bits;
 *   - where it is only added, the span of the sum. That it fits is the one guess here: no quantizer was
 *     ever fitted to those numbers.
 */
export class TensorSteps {
  readonly #plan: Plan;
  readonly #outputs = new Map<LayerStep, PeerTensor>();

  constructor(plan: Plan) {
    this.#plan = plan;
  }

  /** The image, as bytes less a zero that all channels share: that of the first. */
  image(): PeerTensor {
    const [zero] = this.#plan.imageZeroPoint;
    const quantization = { step: 1, range: { min: -zero, max: 255 - zero } };
    return this.#tensor(this.#plan.image, imageTensorName, quantization);
  }

  /** What a layer writes, its residual added: the stream where it has one, else what its only reader reads. */
  outputOf(step: LayerStep): PeerTensor {
    const known = this.#outputs.get(step);
    if (known !== undefined) return known;
    const id = step.floatOutput ?? step.integerOutput!;
    const quantization =
      step.floatOutput === null ? this.#quantizer(id) : this.#stream(step, step.floatOutput);
    const made = this.#tensor(id, step.layer.name, quantization);
    this.#outputs.set(step, made);
    return made;
  }

  /** A layer's output as one of its readers has it: the output itself where that is no other. */
  quantized(output: PeerTensor, id: TensorId): PeerTensor {
    const { step, range } = this.#quantizer(id);
    const isSame =
      step === output.step && range.min === output.range.min && range.max === output.range.max;
    return isSame ? output : { ...output, name: `${output.name}:${id}`, step, range };
  }

  /** What a residual is added to, to make `sum`. */
  addend(sum: PeerTensor): PeerTensor {
    return { ...sum, name: `${sum.name}:addend`, ...inBytes(sum, true) };
  }

  /** The integer tensors that a layer's output is quantized to, one per different quantizer. */
  quantizersOf(step: LayerStep): readonly TensorId[] {
    const further = this.#plan.steps.filter(
      (other) => other.kind === 'quantize' && other.input === step.floatOutput,
    );
    return [step, ...further].flatMap(({ integerOutput }) => integerOutput ?? []);
  }

  #stream(step: LayerStep, stream: TensorId): Quantization {
    const signed = this.#isSigned(step);
    const read = this.quantizersOf(step).map((id) => this.#quantizer(id));
    const spans = read.length > 0 ? read : this.#sumsWith(stream);
    return spans
      .map((span) => inBytes(span, signed))
      .reduce((widest, other) => (other.step > widest.step ? other : widest));
  }

  #sumsWith(residual: TensorId): readonly Quantization[] {
    return this.#plan.steps.flatMap((step) =>
      step.kind === 'layer' && step.residual === residual ? this.outputOf(step) : [],
    );
  }

  #isSigned({ layer, input }: LayerStep): boolean {
    if (isPooling(layer)) return integerRange(this.#plan, input).min < 0;
    return layer.activation === 'none';
  }

  /** The step is the readers': the plan has only its inverse, rounded. */
  #quantizer(id: TensorId): Quantization {
    const reader = this.#plan.steps.find((step) => step.kind === 'layer' && step.input === id);
    return { step: (reader as LayerStep).table.inputStep, range: integerRange(this.#plan, id) };
  }

  #tensor(id: TensorId, name: string, quantization: Quantization): PeerTensor {
    const { height, width, channels } = this.#plan.tensors[id]!;
    return { name, height, width, channels, ...quantization };
  }
}

/** The same span in 256 steps, with or without a sign. */
function inBytes({ step, range }: Quantization, signed: boolean): Quantization {
  const levels = range.max - range.min + 1;
  const sides = signed && range.min === 0 ? 2 : 1;
  return { step: (sides * step * levels) / byteLevels, range: activationRange(8, signed) };
}
