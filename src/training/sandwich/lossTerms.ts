import type * as tf from '@tensorflow/tfjs';
import type { Recipe } from '../recipe/recipe.ts';
import { crossEntropy, distillation, informationMaximisation } from './losses.ts';

/** Labelled pictures, or the unlabelled ones of the domain that the network is for. */
export type Domain = 'source' | 'target';

export type LossWeights = Recipe['losses']['others'];

/** One addend of a loss. */
export interface LossTerm {
  /** Its field in the recipe. */
  readonly term: keyof LossWeights;
  readonly weight: number;
  readonly of: (logits: tf.Tensor2D) => tf.Scalar;
}

/** The weights at a step whose `adaptationFactor` this is. */
export function withAdaptation<Weights extends Recipe['losses']['largest']>(
  weights: Weights,
  factor: number,
): Weights {
  const { informationMaximisation, pseudoLabels } = weights;
  return {
    ...weights,
    informationMaximisation: informationMaximisation * factor,
    pseudoLabels: pseudoLabels * factor,
  };
}

/** The weights of a subnet that learns from no other. */
export function withoutDistillation(largest: Recipe['losses']['largest']): LossWeights {
  return { ...largest, sourceDistillation: 0, targetDistillation: 0 };
}

export interface SoftTargets {
  readonly temperature: number;
  /** [n, classes]; called only where they are needed. */
  readonly make: () => tf.Tensor2D;
}

/**
 * The terms on source pictures whose weight is not zero.
 * @param labels [n, classes], smoothed
 * @param soft null where no weight asks for them
 */
export function sourceTerms(
  weights: LossWeights,
  labels: tf.Tensor2D,
  soft: SoftTargets | null,
): readonly LossTerm[] {
  return weighted(weights, {
    sourceCrossEntropy: (logits) => crossEntropy(logits, labels),
    sourceDistillation: (logits) => distillation(logits, soft!.make(), soft!.temperature),
  });
}

/**
 * The terms on target pictures whose weight is not zero.
 * @param pseudo [n, classes]; it and `soft` are null where no weight asks for them
 */
export function targetTerms(
  weights: LossWeights,
  pseudo: tf.Tensor2D | null,
  soft: SoftTargets | null,
): readonly LossTerm[] {
  return weighted(weights, {
    informationMaximisation,
    pseudoLabels: (logits) => crossEntropy(logits, pseudo!),
    targetDistillation: (logits) => distillation(logits, soft!.make(), soft!.temperature),
  });
}

function weighted(
  weights: LossWeights,
  losses: Partial<Record<keyof LossWeights, LossTerm['of']>>,
): readonly LossTerm[] {
  return Object.entries(losses).flatMap(([name, of]) => {
    const term = name as keyof LossWeights;
    return weights[term] > 0 ? [{ term, weight: weights[term], of }] : [];
  });
}
