import * as tf from '@tensorflow/tfjs';

/** State that an optimiser keeps of parameters: named tensors, zero until they are first set. */
export class Slots {
  readonly #tensors = new Map<string, tf.Tensor>();

  /** Must be called within `tf.tidy`. */
  read(name: string, like: tf.Tensor): tf.Tensor {
    return this.#tensors.get(name) ?? tf.zerosLike(like);
  }

  /** Keeps a tensor, beyond the current `tf.tidy`. */
  write(name: string, tensor: tf.Tensor): void {
    this.#tensors.get(name)?.dispose();
    this.#tensors.set(name, tf.keep(tensor));
  }

  entries(): ReadonlyMap<string, tf.Tensor> {
    return this.#tensors;
  }

  dispose(): void {
    tf.dispose([...this.#tensors.values()]);
    this.#tensors.clear();
  }
}
