/** How two implementations' logits of the same pictures differ. */
export interface Agreement {
  /** Of the pictures, those on whose first class both agree. */
  readonly top1: number;
  readonly largestDifference: number;
  /** Over all logits. */
  readonly meanDifference: number;
  /** Of our logits: how far they are spread, to measure differences by. */
  readonly deviation: number;
}

export function agreementOf(
  ours: readonly ArrayLike<number>[],
  theirs: readonly ArrayLike<number>[],
): Agreement {
  const own = ours.flatMap((logits) => Array.from(logits));
  const others = theirs.flatMap((logits) => Array.from(logits));
  const differences = own.map((logit, i) => Math.abs(logit - others[i]!));
  const mean = (values: readonly number[]) => values.reduce((a, b) => a + b, 0) / values.length;
  const centre = mean(own);
  return {
    top1: mean(ours.map((logits, i) => Number(largest(logits) === largest(theirs[i]!)))),
    largestDifference: differences.reduce((a, b) => Math.max(a, b), 0),
    meanDifference: mean(differences),
    deviation: Math.sqrt(mean(own.map((logit) => (logit - centre) ** 2))),
  };
}

function largest(logits: ArrayLike<number>): number {
  return Array.from(logits).reduce((best, logit, i) => (logit > logits[best]! ? i : best), 0);
}
