/** A class and how probable it is. */
export interface RankedClass {
  readonly index: number;
  readonly label: string;
  /** 0 to 1: softmax of the logits, or its average over time where that is asked for. */
  readonly probability: number;
}

/** Softmax: exp(logit) over the sum of all, without overflow. */
export function probabilitiesOf(logits: Float32Array): Float64Array {
  const largest = logits.reduce((a, b) => Math.max(a, b), Number.NEGATIVE_INFINITY);
  const powers = Float64Array.from(logits, (logit) => Math.exp(logit - largest));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((power) => power / sum);
}

/** The `count` most probable classes, most probable first; equal ones keep the classes' order. */
export function rankClasses(
  probabilities: Float64Array,
  classes: readonly string[],
  count: number,
): readonly RankedClass[] {
  return Array.from(probabilities.keys())
    .sort((a, b) => probabilities[b]! - probabilities[a]! || a - b)
    .slice(0, count)
    .map((index) => ({ index, label: classes[index]!, probability: probabilities[index]! }));
}

/** `rankClasses` of the logits' softmax. */
export function topClasses(
  logits: Float32Array,
  classes: readonly string[],
  count: number,
): readonly RankedClass[] {
  return rankClasses(probabilitiesOf(logits), classes, count);
}
