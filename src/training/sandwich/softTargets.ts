import * as tf from '@tensorflow/tfjs';
import type { Subnet } from '../../network/subnet.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { softTargets } from './losses.ts';
import type { Domain } from './lossTerms.ts';

/**
 * Whose predictions a subnet learns from. Soft targets flow from higher bit-widths to lower ones; a
 * subnet that no other exceeds in bits learns from the step's largest, which learns from nobody.
 * @param subnets the step's, the largest first
 */
export function teachersOf(
  subnet: Subnet,
  subnets: readonly Subnet[],
  rule: Recipe['losses']['softTargets'],
): readonly Subnet[] {
  const largest = subnets[0]!;
  if (subnet === largest) return [];
  const higher = rule === 'largest' ? [] : subnets.filter(({ bits }) => bits > subnet.bits);
  return higher.length > 0 ? higher : [largest];
}

/** One step's predictions that other subnets of the step learn from: constants to their gradients. */
export class SoftTargetBank {
  readonly #losses: Recipe['losses'];
  readonly #subnets: readonly Subnet[];
  readonly #predictions: Record<Domain, Map<Subnet, tf.Tensor2D>> = {
    source: new Map(),
    target: new Map(),
  };

  /** @param subnets the step's, in the order in which they are trained */
  constructor(losses: Recipe['losses'], subnets: readonly Subnet[]) {
    this.#losses = losses;
    this.#subnets = subnets;
  }

  /** Whether any subnet learns from this one's predictions on a domain. */
  isWanted(subnet: Subnet, domain: Domain): boolean {
    const { others, softTargets: rule } = this.#losses;
    const weight = domain === 'source' ? others.sourceDistillation : others.targetDistillation;
    const isTeacher = this.#subnets.some((one) =>
      teachersOf(one, this.#subnets, rule).includes(subnet),
    );
    return weight > 0 && isTeacher;
  }

  add(subnet: Subnet, domain: Domain, logits: tf.Tensor2D): void {
    const { distillationTemperature } = this.#losses;
    this.#predictions[domain].set(subnet, tf.keep(softTargets(logits, distillationTemperature)));
  }

  /** The mean of the predictions of a subnet's teachers. [n, classes] */
  targetsFor(subnet: Subnet, domain: Domain): tf.Tensor2D {
    const teachers = teachersOf(subnet, this.#subnets, this.#losses.softTargets);
    const predictions = teachers.map((one) => this.#predictions[domain].get(one)!);
    return tf.tidy(() => tf.addN(predictions).div(predictions.length));
  }

  dispose(): void {
    const { source, target } = this.#predictions;
    tf.dispose([...source.values(), ...target.values()]);
    source.clear();
    target.clear();
  }
}
