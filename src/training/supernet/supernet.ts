import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import type { Subnet } from '../../network/subnet.ts';
import type { BatchNormMode } from './batchNorm.ts';
import { forwardSubnet, type SubnetOutput } from './forward.ts';
import { type ParameterSpec, type ParameterValues, parameterSpecs } from './parameters.ts';
import type { SupernetShape } from './shape.ts';

export interface Parameter extends ParameterSpec {
  readonly variable: tf.Variable;
}

/** One set of weights for all subnets, on tfjs's current backend. */
export class Supernet {
  readonly shape: SupernetShape;
  /** By name, in a fixed order. */
  readonly parameters: ReadonlyMap<string, Parameter>;

  /** @throws RtfqError `WEIGHTS_FORMAT` where a parameter is missing or has the wrong size */
  constructor(shape: SupernetShape, values: ParameterValues) {
    this.shape = shape;
    this.parameters = new Map(
      parameterSpecs(shape).map((spec) => [spec.name, { ...spec, variable: upload(spec, values) }]),
    );
  }

  /** @throws RtfqError `INTERNAL` on a name that is no parameter's */
  readonly read = (name: string): tf.Variable => {
    const parameter = this.parameters.get(name);
    if (parameter === undefined) throw new RtfqError('INTERNAL', `no parameter ${name}`);
    return parameter.variable;
  };

  /**
   * Replaces a parameter's values; the array may be kept.
   * @throws RtfqError `INTERNAL` on a name that is no parameter's
   */
  write(name: string, values: Float32Array): void {
    const variable = this.read(name);
    tf.tidy(() => variable.assign(tf.tensor(values, variable.shape)));
  }

  /** See `forwardSubnet`. */
  forward(
    subnet: Pick<Subnet, 'width' | 'bits'>,
    images: tf.Tensor4D,
    batchNorm?: BatchNormMode,
  ): SubnetOutput {
    return forwardSubnet(this.shape, this.read, subnet, images, batchNorm);
  }

  /** A copy of every parameter's values. */
  async values(): Promise<ParameterValues> {
    const values = new Map<string, Float32Array>();
    for (const { name, variable } of this.parameters.values()) {
      values.set(name, (await variable.data<'float32'>()).slice());
    }
    return values;
  }

  dispose(): void {
    for (const { variable } of this.parameters.values()) variable.dispose();
  }
}

function upload({ name, shape }: ParameterSpec, values: ParameterValues): tf.Variable {
  const own = values.get(name);
  const count = shape.reduce((product, size) => product * size, 1);
  if (own?.length !== count) {
    throw new RtfqError('WEIGHTS_FORMAT', `the supernet's parameter ${name}`, {
      got: own === undefined ? 'none' : `${own.length} values`,
      expected: `${count} values`,
    });
  }
  // A copy: the cpu backend would keep the array itself.
  return tf.tidy(() => tf.variable(tf.tensor(own.slice(), [...shape], 'float32')));
}
