import * as tf from '@tensorflow/tfjs';
import type { ResnetShape } from '../../src/network/resnet.ts';
import type { FloatTensor } from '../../src/training/safetensors.ts';
import { seededRandom } from './random.ts';

type Make = (at: number) => number;

/**
 * A ResNet as torchvision's Python has it, in evaluation mode, layer after layer on a state dict of random
 * numbers. It is written down apart from `src/network/resnet.ts`, to check that. A tensor of the state dict
 * is made when it is first used: run it once to have all.
 */
export class TorchvisionResnet {
  readonly tensors = new Map<string, FloatTensor>();
  readonly #shape: ResnetShape;
  readonly #classes: number;
  readonly #random: () => number;

  constructor(shape: ResnetShape, classes: number, seed: number) {
    this.#shape = shape;
    this.#classes = classes;
    this.#random = seededRandom(seed);
  }

  /** @param x [n, side, side, 3], normalised @returns logits [n, classes] */
  forward(x: tf.Tensor4D): tf.Tensor2D {
    const { channels, stages } = this.#shape;
    return tf.tidy(() => {
      let y = tf.relu(this.#convBn(x, 'conv1', 'bn1', channels, 7, 2));
      // Padded with what never wins.
      y = tf.maxPool(pad(y, 1, -1e30), 3, 2, 'valid');
      stages.forEach((blocks, stage) => {
        for (let i = 0; i < blocks; i++) {
          const stride = stage > 0 && i === 0 ? 2 : 1;
          y = this.#block(y, `layer${stage + 1}.${i}`, channels << stage, stride);
        }
      });
      const features = tf.mean<tf.Tensor2D>(y, [1, 2]);
      const inputs = features.shape[1];
      const weight = this.#tensor('fc.weight', [this.#classes, inputs], this.#symmetric(0.1));
      const bias = this.#tensor('fc.bias', [this.#classes], this.#symmetric(0.5));
      return tf.matMul(features, weight, false, true).add<tf.Tensor2D>(bias);
    });
  }

  #block(x: tf.Tensor4D, name: string, channels: number, stride: number): tf.Tensor4D {
    let out: tf.Tensor4D;
    if (this.#shape.block === 'basic') {
      out = tf.relu(this.#convBn(x, `${name}.conv1`, `${name}.bn1`, channels, 3, stride));
      out = this.#convBn(out, `${name}.conv2`, `${name}.bn2`, channels, 3, 1);
    } else {
      out = tf.relu(this.#convBn(x, `${name}.conv1`, `${name}.bn1`, channels, 1, 1));
      out = tf.relu(this.#convBn(out, `${name}.conv2`, `${name}.bn2`, channels, 3, stride));
      out = this.#convBn(out, `${name}.conv3`, `${name}.bn3`, 4 * channels, 1, 1);
    }
    const outChannels = out.shape[3];
    const needsShortcut = stride !== 1 || x.shape[3] !== outChannels;
    const [conv, bn] = [`${name}.downsample.0`, `${name}.downsample.1`];
    const identity = needsShortcut ? this.#convBn(x, conv, bn, outChannels, 1, stride) : x;
    return tf.relu(out.add<tf.Tensor4D>(identity));
  }

  #convBn(
    x: tf.Tensor4D,
    conv: string,
    bn: string,
    channels: number,
    kernel: number,
    stride: number,
  ): tf.Tensor4D {
    const inputs = x.shape[3];
    const limit = Math.sqrt(6 / (inputs * kernel * kernel));
    const oihw = [channels, inputs, kernel, kernel] as const;
    const weight = this.#tensor(`${conv}.weight`, oihw, this.#symmetric(limit));
    const filter = weight.transpose<tf.Tensor4D>([2, 3, 1, 0]);
    const y = tf.conv2d(pad(x, (kernel - 1) / 2, 0), filter, stride, 'valid');
    const ofBn = (name: string, make: Make) => this.#tensor(`${bn}.${name}`, [channels], make);
    const positive: Make = () => 0.5 + this.#random();
    const gamma = ofBn('weight', positive);
    const beta = ofBn('bias', this.#symmetric(0.5));
    const mean = ofBn('running_mean', this.#symmetric(0.5));
    const variance = ofBn('running_var', positive);
    return y.sub(mean).div(variance.add(1e-5).sqrt()).mul(gamma).add(beta);
  }

  #symmetric(limit: number): Make {
    return () => (2 * this.#random() - 1) * limit;
  }

  #tensor(name: string, shape: readonly number[], make: Make): tf.Tensor {
    const known = this.tensors.get(name);
    const length = tf.util.sizeFromShape([...shape]);
    const values = known?.values ?? Float32Array.from({ length }, (_, i) => make(i));
    this.tensors.set(name, { shape, values });
    return tf.tensor(values.slice(), [...shape]);
  }
}

function pad(x: tf.Tensor4D, margin: number, value: number): tf.Tensor4D {
  const both: [number, number] = [margin, margin];
  return tf.pad(x, [[0, 0], both, both, [0, 0]], value);
}
