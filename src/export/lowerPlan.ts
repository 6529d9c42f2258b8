import { RtfqError } from '../errors.ts';
import { pooledTerms } from '../network/geometry.ts';
import type { LayerStep, Plan, TensorId } from '../network/plan.ts';
import type { IntegerRange } from '../quant/bits.ts';
import { inverseOfStep, requantize } from '../quant/round.ts';
import { foldWeights } from './foldWeights.ts';
import { borderCorrection, borderOf, zeroOffsets } from './imageBorder.ts';
import type { Classifier, ConvNode, PeerGraph, PeerNode, PeerTensor } from './peerGraph.ts';
import { TensorSteps } from './tensorSteps.ts';

/** A layer's weights at the subnet's width, [out][kernel position][in] ([out][kernel position] for depthwise). */
export type WeightsOf = (step: LayerStep) => Int8Array;

/**
 * Puts a plan into the arithmetic of other runtimes. What becomes different is said at `TensorSteps` (the
 * residual stream) and `foldWeights` (the epilogue's numbers); and a sum is rounded before its residual is
 * added, and after.
 * @throws RtfqError `INVALID_ARGUMENT` where a layer does what peers have no operator for
 */
export function lowerPlan(plan: Plan, weightsOf: WeightsOf, description: string): PeerGraph {
  return new Lowering(plan, weightsOf).lower(description);
}

class Lowering {
  readonly #plan: Plan;
  readonly #weightsOf: WeightsOf;
  readonly #steps: TensorSteps;
  readonly #nodes: PeerNode[] = [];
  /** By the plan's tensors, integer and float. */
  readonly #tensors = new Map<TensorId, PeerTensor>();

  constructor(plan: Plan, weightsOf: WeightsOf) {
    this.#plan = plan;
    this.#weightsOf = weightsOf;
    this.#steps = new TensorSteps(plan);
  }

  lower(description: string): PeerGraph {
    const image = this.#steps.image();
    this.#tensors.set(this.#plan.image, image);
    // A quantize step belongs to the layer whose output it reads, and is lowered with it.
    const layers = this.#plan.steps.filter((step) => step.kind === 'layer');
    for (const step of layers.slice(0, -1)) this.#lowerLayer(step);
    const classifier = this.#classifier(layers.at(-1)!);
    return { description, image, nodes: this.#nodes, classifier };
  }

  #lowerLayer(step: LayerStep): void {
    const output = this.#steps.outputOf(step);
    const clamp = clampOf(step, output);
    if (step.residual === null) {
      this.#accumulate(step, output, clamp);
    } else {
      const addend = this.#steps.addend(output);
      this.#accumulate(step, addend, addend.range);
      const residual = this.#tensors.get(step.residual)!;
      const name = `${step.layer.name}:add`;
      this.#nodes.push({ kind: 'add', name, input: addend, residual, output, clamp });
    }
    if (step.floatOutput !== null) this.#tensors.set(step.floatOutput, output);
    for (const id of this.#steps.quantizersOf(step)) {
      const quantized = this.#steps.quantized(output, id);
      this.#tensors.set(id, quantized);
      if (quantized !== output) this.#rescale(output, quantized, quantized.range);
    }
  }

  #accumulate(step: LayerStep, output: PeerTensor, clamp: IntegerRange): void {
    const { layer } = step;
    const input = this.#tensors.get(step.input)!;
    const base = { name: layer.name, input, output, clamp };
    switch (layer.op) {
      case 'conv':
      case 'depthwise':
      case 'fullyConnected':
        this.#nodes.push(this.#withBorder(this.#convolution(step, output, clamp)));
        return;
      case 'averagePool':
        this.#checkPooling(step, input);
        this.#nodes.push({ kind: 'averagePool', ...base });
        return;
      case 'maxPool':
        this.#checkPooling(step, input);
        this.#poolLargest(step, input, output, clamp);
        return;
      default:
        layer.op satisfies never;
    }
  }

  /** The largest of numbers has their step, which need not be the output's. */
  #poolLargest(
    { layer }: LayerStep,
    input: PeerTensor,
    output: PeerTensor,
    clamp: IntegerRange,
  ): void {
    const { name, kernel, stride, padding } = layer;
    const { height, width } = output;
    const pooled = { ...input, name: `${name}:pooled`, height, width };
    this.#nodes.push({ kind: 'maxPool', name, input, output: pooled, kernel, stride, padding });
    this.#rescale(pooled, output, clamp);
  }

  #convolution(step: LayerStep, output: PeerTensor, clamp: IntegerRange): ConvNode {
    const { layer, table } = step;
    const { name, kernel, stride, padding } = layer;
    const input = this.#tensors.get(step.input)!;
    const folded = foldWeights(this.#weightsOf(step), table, input.step, output.step);
    return {
      ...{ kind: 'conv', name, input, output, clamp, kernel, stride, padding },
      depthwise: layer.op === 'depthwise',
      weightsOhwi: folded.weights,
      weightSteps: folded.weightSteps,
      bias: folded.bias,
    };
  }

  /** A convolution that reads the image, padded by hand where its own padding has no number for it. */
  #withBorder(conv: ConvNode): ConvNode {
    const plan = this.#plan;
    if (conv.input !== this.#tensors.get(plan.image)) return conv;
    const border = borderOf(plan, conv.input, conv.padding);
    if (border === null) return conv;
    this.#nodes.push(border);
    const correction = borderCorrection(conv.weightsOhwi, conv.bias.length, zeroOffsets(plan));
    const bias = conv.bias.map((sum, o) => sum + correction[o]!);
    return { ...conv, input: border.output, padding: [0, 0, 0, 0], bias };
  }

  #rescale(input: PeerTensor, output: PeerTensor, clamp: IntegerRange): void {
    this.#nodes.push({ kind: 'rescale', name: `${output.name}:rescale`, input, output, clamp });
  }

  #classifier(step: LayerStep): Classifier {
    const { name, activation } = step.layer;
    if (activation !== 'none' || step.residual !== null) {
      throw unsupported(name, 'a classifier with an activation or a residual', 'plain logits');
    }
    const input = this.#tensors.get(step.input)!;
    const { multiplier, bias } = step.table;
    return { name, input, weights: this.#weightsOf(step), multiplier, bias };
  }

  /** Peers' pooling knows no numbers of its own. What models are made with has none, but for rounding. */
  #checkPooling({ layer, table }: LayerStep, input: PeerTensor): void {
    const multiplier = input.step / pooledTerms(layer, input);
    const isPlain = table.multiplier.every((m) => Math.abs(m / multiplier - 1) < 1e-5);
    if (!isPlain || table.bias.some((beta) => beta !== 0)) {
      throw unsupported(layer.name, 'pooling that scales or shifts', 'a plain mean or maximum');
    }
  }
}

/** The activation function's clamp within a tensor's range, both in its steps. */
function clampOf({ clampMin, clampMax }: LayerStep, { step, range }: PeerTensor): IntegerRange {
  const inverse = inverseOfStep(step);
  return { min: requantize(clampMin, inverse, range), max: requantize(clampMax, inverse, range) };
}

function unsupported(layer: string, got: string, expected: string): RtfqError {
  return new RtfqError('INVALID_ARGUMENT', `${layer} cannot be exported`, {
    got,
    expected,
    hint: 'other runtimes have no operator for it',
  });
}
