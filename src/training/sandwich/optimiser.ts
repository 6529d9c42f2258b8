import * as tf from '@tensorflow/tfjs';
import type { Recipe } from '../recipe/recipe.ts';
import type { Parameter } from '../supernet/supernet.ts';
import type { Gradients } from './gradients.ts';
import { Slots } from './slots.ts';

// Kingma and Ba, ICLR 2015.
const adamBeta1 = 0.9;
const adamBeta2 = 0.999;
const adamEpsilon = 1e-8;
// An absolute update must not make a step zero or negative.
const smallestStep = 1e-8;

/** SGD with Nesterov momentum for weights, biases and batch norm; Adam for quantization steps. */
export class Optimiser {
  /** Momenta and moments, by parameter name and kind. */
  readonly slots = new Slots();
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
  apply(
    parameters: ReadonlyMap<string, Parameter>,
    gradients: Gradients,
    {
      rateFactor,
      gradientFactor,
    }: { readonly rateFactor: number; readonly gradientFactor: number },
  ): void {
    for (const [name, gradient] of gradients) {
      const parameter = parameters.get(name)!;
      tf.tidy(() => {
        if (parameter.kind === 'step') this.#updateStep(parameter, gradient, rateFactor);
        else this.#updateWeight(parameter, gradient.mul(gradientFactor), rateFactor);
      });
    }
  }

  /** v = momentum * v + g; w = w - rate * (g + momentum * v): Nesterov's momentum as PyTorch computes it. */
  #updateWeight(
    { name, kind, layer, variable }: Parameter,
    gradient: tf.Tensor,
    factor: number,
  ): void {
    const { learningRate, momentum, weightDecay, headFactor } = this.#recipe.weights;
    const rate = learningRate * factor * (layer === this.#headLayer ? headFactor : 1);
    const decayed = kind === 'weight' ? gradient.add(variable.mul(weightDecay)) : gradient;
    const slot = `${name}#momentum`;
    const velocity = this.slots.read(slot, variable).mul(momentum).add(decayed);
    variable.assign(variable.sub(velocity.mul(momentum).add(decayed).mul(rate)));
    this.slots.write(slot, velocity);
  }

  #updateStep({ name, variable }: Parameter, gradient: tf.Tensor, factor: number): void {
    const { learningRate, unit } = this.#recipe.steps;
    const rate = learningRate * factor;
    const count = (this.updates.get(name) ?? 0) + 1;
    this.updates.set(name, count);
    const average = (slot: string, value: tf.Tensor, beta: number): tf.Tensor => {
      const next = this.slots
        .read(slot, variable)
        .mul(beta)
        .add(value.mul(1 - beta));
      this.slots.write(slot, next);
      return next.div(1 - beta ** count);
    };
    const mean = average(`${name}#mean`, gradient, adamBeta1);
    const square = average(`${name}#square`, gradient.square(), adamBeta2);
    const update = mean.div(square.sqrt().add(adamEpsilon)).mul(rate);
    variable.assign(
      unit === 'relative'
        ? variable.mul(update.neg().exp())
        : variable.sub(update).maximum(smallestStep),
    );
  }

  dispose(): void {
    this.slots.dispose();
  }
}
