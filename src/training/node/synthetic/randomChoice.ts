/** Uniform numbers in [0, 1). */
export type Random = () => number;

/** A uniform number in [low, high). */
export function between(random: Random, low: number, high: number): number {
  return low + (high - low) * random();
}

/** An integer from low to high, both included. */
export function integerBetween(random: Random, low: number, high: number): number {
  return Math.floor(between(random, low, high + 1));
}

export function happens(random: Random, probability: number): boolean {
  return random() < probability;
}

export function pick<const T>(random: Random, values: readonly [T, ...T[]]): T {
  return values[Math.floor(random() * values.length)]!;
}
