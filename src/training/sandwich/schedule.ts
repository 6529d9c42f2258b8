import type { Recipe } from '../recipe/recipe.ts';

/**
 * What learning rates are multiplied with at a step, from 0 on: a linear warm-up, then a half cosine from
 * 1 to `finalFactor` (SGDR without restarts, Loshchilov and Hutter, ICLR 2017).
 */
export function learningRateFactor(
  step: number,
  steps: number,
  { warmUpSteps, finalFactor }: Recipe['optimiser']['schedule'],
): number {
  if (step < warmUpSteps) return (step + 1) / warmUpSteps;
  const progress = (step - warmUpSteps) / Math.max(1, steps - warmUpSteps);
  return finalFactor + ((1 - finalFactor) * (1 + Math.cos(Math.PI * progress))) / 2;
}

/**
 * What the weights of information maximisation and pseudo-labels are multiplied with at a step, from 0 on:
 * a network that knows nothing yet would only learn its own mistakes from them.
 */
export function adaptationFactor(
  step: number,
  { fromStep, rampSteps }: Recipe['losses']['adaptation'],
): number {
  if (step < fromStep) return 0;
  return Math.min(1, (step - fromStep + 1) / (rampSteps + 1));
}
