import * as tf from '@tensorflow/tfjs';
import type { Subnet } from '../../network/subnet.ts';
import { forwardSubnet, type ReadParameter } from '../supernet/forward.ts';
import { supernetLayers } from '../supernet/shape.ts';
import type { Supernet } from '../supernet/supernet.ts';

/**
 * The step's largest subnet, averaged over past steps (mean teacher, Tarvainen and Valpola, NIPS 2017):
 * steadier than the subnet itself, so its confident predictions serve as labels.
 */
export class Teacher {
  readonly subnet: Subnet;
  readonly #supernet: Supernet;
  readonly #averages: Map<string, tf.Tensor>;

  /** @param values the averages of a teacher before, by parameter name; the supernet's values when absent */
  constructor(supernet: Supernet, subnet: Subnet, values?: ReadonlyMap<string, Float32Array>) {
    this.#supernet = supernet;
    this.subnet = subnet;
    this.#averages = new Map(
      subnetParameters(supernet, subnet).map((name) => {
        const own = supernet.read(name);
        const given = values?.get(name);
        return [name, given === undefined ? own.clone() : tf.tensor(given.slice(), own.shape)];
      }),
    );
  }

  /** By parameter name. */
  get averages(): ReadonlyMap<string, tf.Tensor> {
    return this.#averages;
  }

  /** average = momentum * average + (1 - momentum) * value */
  follow(momentum: number): void {
    for (const [name, average] of this.#averages) {
      const next = tf.tidy(() => {
        const value = this.#supernet.read(name).mul(1 - momentum);
        return average.mul(momentum).add(value);
      });
      average.dispose();
      this.#averages.set(name, next);
    }
  }

  /** Replaces an average's values; the array may be kept. */
  write(name: string, values: Float32Array): void {
    const average = this.#averages.get(name)!;
    this.#averages.set(name, tf.tensor(values, average.shape));
    average.dispose();
  }

  /** Logits [n, classes] of its subnet, with the batch's own statistics. */
  predict(images: tf.Tensor4D): tf.Tensor2D {
    const read: ReadParameter = (name) => this.#averages.get(name)!;
    return tf.tidy(() => forwardSubnet(this.#supernet.shape, read, this.subnet, images).logits);
  }

  dispose(): void {
    tf.dispose([...this.#averages.values()]);
    this.#averages.clear();
  }
}

/** The parameters that a subnet reads, by name. */
export function subnetParameters(
  { shape }: Pick<Supernet, 'shape'>,
  { width, bits }: Pick<Subnet, 'width' | 'bits'>,
): readonly string[] {
  return supernetLayers(shape, width, bits).flatMap(({ weight, input, batchNorm, bias }) =>
    [weight?.name, weight?.step, input?.step, batchNorm?.gamma, batchNorm?.beta, bias].filter(
      (name) => typeof name === 'string',
    ),
  );
}
