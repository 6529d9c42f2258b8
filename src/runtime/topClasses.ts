export interface RankedClass {
  readonly index: number;
  readonly label: string;
  /** Softmax of the logits, 0 to 1. */
  readonly probability: number;
}

/** The `count` most probable classes, most probable first; equal logits keep the classes' order. */
export function topClasses(
  logits: Float32Array,
  classes: readonly string[],
  count: number,
): readonly RankedClass[] {
  let largest = Number.NEGATIVE_INFINITY;
  for (const logit of logits) largest = Math.max(largest, logit);
  let sum = 0;
  for (const logit of logits) sum += Math.exp(logit - largest);
  return Array.from(logits.keys())
    .sort((a, b) => logits[b]! - logits[a]! || a - b)
    .slice(0, count)
    .map((index) => ({
      index,
      label: classes[index]!,
      probability: Math.exp(logits[index]! - largest) / sum,
    }));
}
