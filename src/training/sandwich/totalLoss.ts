import type { Recipe } from '../recipe/recipe.ts';
import type { LossWeights } from './lossTerms.ts';
import type { StepReport } from './step.ts';

/** What a step minimises: all subnets' losses with the recipe's weights. */
export function totalLoss(
  { subnets }: Pick<StepReport, 'subnets'>,
  { largest, others }: Recipe['losses'],
): number {
  return subnets.reduce((total, { losses }, i) => {
    const weights: Partial<LossWeights> = i === 0 ? largest : others;
    const weighted = Object.entries(losses).map(
      ([term, loss]) => (weights[term as keyof LossWeights] ?? 0) * loss,
    );
    return weighted.reduce((sum, loss) => sum + loss, total);
  }, 0);
}
