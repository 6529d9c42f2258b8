import * as tf from '@tensorflow/tfjs';

/** By parameter name. */
export type Gradients = ReadonlyMap<string, tf.Tensor>;

/** Adds up the gradients of one step's losses; owns the sums. */
export class GradientSum {
  readonly #sums = new Map<string, tf.Tensor>();

  get gradients(): Gradients {
    return this.#sums;
  }

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

  dispose(): void {
    tf.dispose([...this.#sums.values()]);
    this.#sums.clear();
  }
}

/** The norm of all gradients as one vector. */
export async function globalNorm(gradients: Gradients): Promise<number> {
  const squares = tf.tidy(() => tf.stack([...gradients.values()].map((one) => one.square().sum())));
  const values = await squares.data<'float32'>();
  squares.dispose();
  return Math.sqrt(values.reduce((sum, value) => sum + value, 0));
}

/** What gradients are multiplied with, so that their norm is at most `clipNorm`. */
export function clipFactor(norm: number, clipNorm: number): number {
  return norm > clipNorm ? clipNorm / norm : 1;
}
