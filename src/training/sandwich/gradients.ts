import * as tf from '@tensorflow/tfjs';

/** Row-major values by parameter name. */
export type Gradients = ReadonlyMap<string, Float32Array>;

/** Adds up the gradients of one shard's losses; owns the sums. */
export class GradientSum {
  readonly #sums = new Map<string, tf.Tensor>();

  /** Takes the tensors over. */
  add(gradients: Readonly<Record<string, tf.Tensor>>): void {
    for (const [name, gradient] of Object.entries(gradients)) {
      const known = this.#sums.get(name);
      if (known === undefined) {
        this.#sums.set(name, gradient);
        continue;
      }
      this.#sums.set(name, known.add(gradient));
      tf.dispose([known, gradient]);
    }
  }

  /** Copies of the sums. */
  async read(): Promise<Gradients> {
    const values = [...this.#sums].map(
      async ([name, sum]) => [name, (await sum.data<'float32'>()).slice()] as const,
    );
    return new Map(await Promise.all(values));
  }

  dispose(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums.clear();
  }
}

/** The mean over shards, added up in their order; it takes the first one's arrays. */
export function meanGradients(shards: readonly Gradients[]): Gradients {
  const [mean, ...others] = shards;
  if (others.length === 0) return mean!;
  for (const [name, sum] of mean!) {
    for (const other of others) {
      const addend = other.get(name)!;
      for (let i = 0; i < sum.length; i++) sum[i]! += addend[i]!;
    }
    for (let i = 0; i < sum.length; i++) sum[i]! /= shards.length;
  }
  return mean!;
}

/** The norm of some gradients as one vector. */
export function globalNorm(gradients: Iterable<Float32Array>): number {
  let squares = 0;
  for (const values of gradients) {
    for (let i = 0; i < values.length; i++) squares += values[i]! * values[i]!;
  }
  return Math.sqrt(squares);
}

/** What gradients are multiplied with, so that their norm is at most `clipNorm`. */
export function clipFactor(norm: number, clipNorm: number): number {
  return norm > clipNorm ? clipNorm / norm : 1;
}
