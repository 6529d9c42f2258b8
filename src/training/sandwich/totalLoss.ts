import type { Recipe } from '../recipe/recipe.ts';
import { type LossWeights, withAdaptation } from './lossTerms.ts';
import { adaptationFactor } from './schedule.ts';
import type { StepReport } from './step.ts';

/** What a step, from 0 on, minimises: all subnets' losses with the recipe's weights. */
export function totalLoss(
  { subnets }: Pick<StepReport, 'subnets'>,
  step: number,
  { largest, others, adaptation }: Recipe['losses'],
): number {
  const factor = adaptationFactor(step, adaptation);
  return subnets.reduce((total, { losses }, i) => {
    const weights: Partial<LossWeights> = withAdaptation(i === 0 ? largest : others, factor);
    const weighted = Object.entries(losses).map(
      ([term, loss]) => (weights[term as keyof LossWeights] ?? 0) * loss,
    );
    return weighted.reduce((sum, loss) => sum + loss, total);
  }, 0);
}
