import type { Recipe } from '../recipe/recipe.ts';
import type { ParameterSpec } from '../supernet/parameters.ts';
import type { Supernet } from '../supernet/supernet.ts';
import type { Gradients } from './gradients.ts';

// Kingma and Ba, ICLR 2015.
const adamBeta1 = 0.9;
const adamBeta2 = 0.999;
const adamEpsilon = 1e-8;
// An absolute update must not make a step zero or negative.
const smallestStep = 1e-8;

/**
 * SGD with Nesterov momentum for weights, biases and batch norm; Adam for quantization steps. Gradients
 * of all shards meet in plain memory, so it computes there: a step has hundreds of small parameters, and
 * a loop over them takes a quarter of the time of as many tensor operations.
 */
export class Optimiser {
  /** Momenta and moments, by parameter name and kind; zero until they are first set. */
  readonly slots = new Map<string, Float32Array>();
  /** How often each quantization step was updated: what Adam's bias correction needs. */
  readonly updates = new Map<string, number>();
  readonly #recipe: Recipe['optimiser'];
  readonly #headLayer: string;

  /** @param headLayer the layer with a learning rate of its own */
  constructor(recipe: Recipe['optimiser'], headLayer: string) {
    this.#recipe = recipe;
    this.#headLayer = headLayer;
  }

  /**
   * Updates the parameters that have a gradient; the others, and their momentum, stay as they are.
   * @param rateFactor what learning rates are multiplied with at this step
   * @param gradientFactor what SGD's gradients are multiplied with: clipping. Adam is blind to scale.
   */
  async apply(
    supernet: Pick<Supernet, 'parameters' | 'write'>,
    gradients: Gradients,
    {
      rateFactor,
      gradientFactor,
    }: { readonly rateFactor: number; readonly gradientFactor: number },
  ): Promise<void> {
    for (const [name, gradient] of gradients) {
      const parameter = supernet.parameters.get(name)!;
      const values = await parameter.variable.data<'float32'>();
      const next =
        parameter.kind === 'step'
          ? this.#nextStep(parameter, values, gradient, rateFactor)
          : this.#nextWeight(parameter, values, gradient, rateFactor, gradientFactor);
      supernet.write(name, next);
    }
  }

  /** v = momentum * v + g; w = w - rate * (g + momentum * v): Nesterov's momentum as PyTorch computes it. */
  #nextWeight(
    { name, kind, layer }: ParameterSpec,
    values: Float32Array,
    gradient: Float32Array,
    rateFactor: number,
    gradientFactor: number,
  ): Float32Array {
    const { learningRate, momentum, weightDecay, headFactor } = this.#recipe.weights;
    const rate = learningRate * rateFactor * (layer === this.#headLayer ? headFactor : 1);
    const decay = kind === 'weight' ? weightDecay : 0;
    const velocity = this.#slot(`${name}#momentum`, values.length);
    const next = new Float32Array(values.length);
    for (let i = 0; i < next.length; i++) {
      const decayed = gradient[i]! * gradientFactor + decay * values[i]!;
      const moved = momentum * velocity[i]! + decayed;
      velocity[i] = moved;
      next[i] = values[i]! - rate * (decayed + momentum * moved);
    }
    return next;
  }

  #nextStep(
    { name }: ParameterSpec,
    values: Float32Array,
    gradient: Float32Array,
    rateFactor: number,
  ): Float32Array {
    const { learningRate, unit } = this.#recipe.steps;
    const rate = learningRate * rateFactor;
    const count = (this.updates.get(name) ?? 0) + 1;
    this.updates.set(name, count);
    const mean = this.#slot(`${name}#mean`, values.length);
    const square = this.#slot(`${name}#square`, values.length);
    const meanFactor = 1 / (1 - adamBeta1 ** count);
    const squareFactor = 1 / (1 - adamBeta2 ** count);
    const next = new Float32Array(values.length);
    for (let i = 0; i < next.length; i++) {
      const slope = gradient[i]!;
      mean[i] = adamBeta1 * mean[i]! + (1 - adamBeta1) * slope;
      square[i] = adamBeta2 * square[i]! + (1 - adamBeta2) * slope * slope;
      const deviation = Math.sqrt(square[i]! * squareFactor);
      const update = (rate * mean[i]! * meanFactor) / (deviation + adamEpsilon);
      next[i] =
        unit === 'relative'
          ? values[i]! * Math.exp(-update)
          : Math.max(values[i]! - update, smallestStep);
    }
    return next;
  }

  #slot(name: string, length: number): Float32Array {
    const known = this.slots.get(name) ?? new Float32Array(length);
    this.slots.set(name, known);
    return known;
  }
}
