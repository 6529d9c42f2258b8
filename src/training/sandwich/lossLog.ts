import * as tf from '@tensorflow/tfjs';
import { formatSubnet, type Subnet } from '../../network/subnet.ts';

/** The losses of one subnet in one step. */
export interface SubnetLosses {
  /** As `formatSubnet` writes it. */
  readonly subnet: string;
  /** By loss term, before weighting. */
  readonly losses: Readonly<Record<string, number>>;
}

/** The losses of one step, kept on the device until all are read together. */
export class LossLog {
  readonly #entries: {
    readonly subnet: string;
    readonly term: string;
    readonly value: tf.Scalar;
  }[] = [];

  /** Keeps a copy. */
  add(subnet: Subnet, term: string, value: tf.Scalar): void {
    this.#entries.push({ subnet: formatSubnet(subnet), term, value: tf.keep(value.clone()) });
  }

  /** In the order in which subnets were first added. */
  async read(): Promise<readonly SubnetLosses[]> {
    const bySubnet = new Map<string, Record<string, number>>();
    for (const { subnet, term, value } of this.#entries) {
      const [loss] = await value.data<'float32'>();
      bySubnet.set(subnet, { ...bySubnet.get(subnet), [term]: loss! });
    }
    return [...bySubnet].map(([subnet, losses]) => ({ subnet, losses }));
  }

  dispose(): void {
    tf.dispose(this.#entries.map(({ value }) => value));
    this.#entries.length = 0;
  }
}
