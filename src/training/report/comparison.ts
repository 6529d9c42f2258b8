import type { BitWidth } from '../../quant/bits.ts';
import type { Evaluation, SubnetEvaluation } from './evaluation.ts';

/** Top-1 of a group of evaluations, as fractions: the mean over them, and from the lowest to the highest. */
export interface Spread {
  readonly mean: number;
  readonly lowest: number;
  readonly highest: number;
}

/** What evaluations of one model's name on one data set say together: an experiment, repeated with other seeds. */
export interface ComparedModel {
  readonly model: string;
  readonly dataset: string;
  readonly evaluations: number;
  /** Of the subnet with the most bit operations. */
  readonly largest: Spread;
  /** Of the mean over the subnets of a bit-width; a bit-width that the model lacks is absent. */
  readonly byBits: ReadonlyMap<BitWidth, Spread>;
  /** Of the mean over all subnets. */
  readonly all: Spread;
  /** Of the largest subnet's lead over the worst one: 0.05 is five points. */
  readonly worstLoss: Spread;
}

/** Groups evaluations by the names of model and data set, in the order in which they first occur. */
export function compareEvaluations(evaluations: readonly Evaluation[]): readonly ComparedModel[] {
  const groups = new Map<string, Evaluation[]>();
  for (const evaluation of evaluations) {
    const key = JSON.stringify([evaluation.model, evaluation.dataset]);
    groups.set(key, [...(groups.get(key) ?? []), evaluation]);
  }
  return [...groups.values()].map((group) => {
    const { model, dataset } = group[0]!;
    const own = group.map(({ subnets }) => subnets);
    const bits = [...new Set(own.flatMap((subnets) => subnets.map((one) => one.bits)))];
    return {
      model,
      dataset,
      evaluations: own.length,
      largest: spreadOf(own.map((subnets) => largestOf(subnets).top1)),
      byBits: new Map(
        bits
          .sort((a, b) => b - a)
          .map((width) => [
            width,
            spreadOf(own.map((subnets) => meanTop1(withBits(subnets, width)))),
          ]),
      ),
      all: spreadOf(own.map(meanTop1)),
      worstLoss: spreadOf(
        own.map((subnets) => largestOf(subnets).top1 - Math.min(...subnets.map((s) => s.top1))),
      ),
    };
  });
}

function largestOf(subnets: readonly SubnetEvaluation[]): SubnetEvaluation {
  return subnets.reduce((best, one) => (one.bitOps > best.bitOps ? one : best));
}

function withBits(
  subnets: readonly SubnetEvaluation[],
  bits: BitWidth,
): readonly SubnetEvaluation[] {
  return subnets.filter((one) => one.bits === bits);
}

function meanTop1(subnets: readonly SubnetEvaluation[]): number {
  return meanOf(subnets.map(({ top1 }) => top1));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function spreadOf(values: readonly number[]): Spread {
  return { mean: meanOf(values), lowest: Math.min(...values), highest: Math.max(...values) };
}
