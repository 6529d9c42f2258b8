import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { activationRange, weightRange } from '../../../../src/quant/bits.ts';
import { leastSquaresStep } from '../../../../src/quant/step.ts';
import type { Activation } from '../../../../src/training/kernels/batchNormMath.ts';
import { fakeQuantize } from '../../../../src/training/kernels/fakeQuantize.ts';
import { fusedBatchNorm } from '../../../../src/training/kernels/fusedBatchNorm.ts';
import { seededRandom } from '../../../support/random.ts';
import { openWasmWithKernels, randomValues } from './backends.ts';

const seed = 77;
const side = 12;
const classes = 4;
const batch = 16;
const bits = 4;

interface Layer {
  readonly filter: tf.Variable;
  readonly filterSteps: tf.Variable;
  readonly inputStep: tf.Variable;
  readonly gamma: tf.Variable;
  readonly beta: tf.Variable;
}

beforeAll(openWasmWithKernels);

/** A small inverted-residual network, quantized to 4 bits everywhere but for its input. */
class ToyNetwork {
  readonly variables: tf.Variable[] = [];
  readonly #layers: readonly Layer[];
  readonly #head: tf.Variable;
  #seed = seed;

  constructor() {
    this.#layers = [
      this.#layer([3, 3, 3, 9]),
      this.#layer([1, 1, 9, 21]),
      this.#layer([3, 3, 21, 1]),
      this.#layer([1, 1, 21, 9]),
      this.#layer([1, 1, 9, 26]),
      this.#layer([3, 3, 26, 1]),
      this.#layer([1, 1, 26, 13]),
    ];
    this.#head = this.#variable(randomValues(this.#seed++, [13, classes]).data, [13, classes]);
  }

  forward(images: tf.Tensor4D): tf.Tensor2D {
    const [stem, ...blocks] = this.#layers as [Layer, ...Layer[]];
    let x = this.#convolve(images, stem, 2, 'relu6');
    for (const [i, stride] of [1, 2].entries()) {
      const [expand, depthwise, project] = blocks.slice(i * 3, i * 3 + 3) as [Layer, Layer, Layer];
      let y = this.#convolve(x, expand, 1, 'relu6');
      y = this.#convolve(y, depthwise, stride, 'relu6');
      y = this.#convolve(y, project, 1, 'none');
      x = stride === 1 ? x.add(y) : y;
    }
    return tf.matMul(tf.mean<tf.Tensor2D>(x, [1, 2]), this.#head as tf.Tensor as tf.Tensor2D);
  }

  dispose(): void {
    tf.dispose(this.variables);
  }

  #convolve(x: tf.Tensor4D, layer: Layer, stride: number, activation: Activation): tf.Tensor4D {
    const [height, width, depth, last] = layer.filter.shape as [number, number, number, number];
    const isDepthwise = last === 1;
    const flat = isDepthwise ? layer.filter.reshape([height, width, depth]) : layer.filter;
    const filter = fakeQuantize(flat, layer.filterSteps, { ...weightRange(bits), gradScale: 0.05 });
    const input = fakeQuantize(x, layer.inputStep, {
      ...activationRange(8, true),
      gradScale: 0.01,
    });
    const weights = filter.reshape<tf.Tensor4D>(layer.filter.shape);
    const sums = isDepthwise
      ? tf.depthwiseConv2d(input, weights, stride, 'same')
      : tf.conv2d(input, weights, stride, 'same');
    return fusedBatchNorm(
      sums,
      layer.gamma as tf.Tensor as tf.Tensor1D,
      layer.beta as tf.Tensor as tf.Tensor1D,
      { epsilon: 1e-3, activation },
    );
  }

  #layer(shape: [number, number, number, number]): Layer {
    const { data } = randomValues(this.#seed++, shape);
    const channels = shape[3] === 1 ? shape[2] : shape[3];
    const fanIn = data.length / channels;
    const weights = data.map((value) => value * Math.sqrt(3 / fanIn));
    const steps = Float32Array.from({ length: channels }, (_, channel) => {
      const own = weights.filter((_, i) => i % channels === channel);
      return leastSquaresStep(own, weightRange(bits));
    });
    return {
      filter: this.#variable(weights, shape),
      filterSteps: this.#variable(steps, [channels]),
      inputStep: this.#variable(Float32Array.of(0.05), []),
      gamma: this.#variable(new Float32Array(channels).fill(1), [channels]),
      beta: this.#variable(new Float32Array(channels), [channels]),
    };
  }

  #variable(data: Float32Array, shape: number[]): tf.Variable {
    const variable = tf.tidy(() => tf.variable(tf.tensor(data, shape)));
    this.variables.push(variable);
    return variable;
  }
}

/** A class is the quadrant that a bright square lies in, on noise. */
function toyBatch(): { images: tf.Tensor4D; labels: tf.Tensor2D } {
  const random = seededRandom(seed);
  const truth = Array.from({ length: batch }, (_, i) => i % classes);
  const pixels = truth.flatMap((quadrant) =>
    Array.from({ length: side * side * 3 }, (_, i) => {
      const x = Math.floor(i / 3) % side;
      const y = Math.floor(i / 3 / side);
      const inside = Number(x >= side / 2) + 2 * Number(y >= side / 2) === quadrant;
      return random() + (inside ? 0.7 : 0);
    }),
  );
  return tf.tidy(() => ({
    images: tf.tensor4d(pixels, [batch, side, side, 3]),
    labels: tf.oneHot(tf.tensor1d(truth, 'int32'), classes).toFloat() as tf.Tensor2D,
  }));
}

function lossOf(network: ToyNetwork, images: tf.Tensor4D, labels: tf.Tensor2D): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(labels, network.forward(images)).asScalar();
}

function wasmHeapBytes(): number {
  const { wasm } = tf.backend() as unknown as { wasm: { HEAPU8: Uint8Array } };
  return wasm.HEAPU8.byteLength;
}

test(`a quantized inverted-residual network learns on wasm, and leaks nothing (seed ${seed})`, () => {
  const { images, labels } = toyBatch();
  const network = new ToyNetwork();
  const optimizer = tf.train.momentum(0.05, 0.9);
  const losses: number[] = [];
  const usage: { tensors: number; bytes: number; heapBytes: number }[] = [];
  for (let step = 0; step < 100; step++) {
    const loss = optimizer.minimize(() => lossOf(network, images, labels), true, network.variables);
    losses.push(loss!.dataSync()[0]!);
    loss!.dispose();
    const { numTensors: tensors, numBytes: bytes } = tf.memory();
    usage.push({ tensors, bytes, heapBytes: wasmHeapBytes() });
  }
  expect(losses.every(Number.isFinite)).toBe(true);
  expect(losses.at(-1)).toBeLessThan(losses[0]! / 5);
  expect(usage.at(-1)).toEqual(usage[2]);
  optimizer.dispose();
  network.dispose();
  tf.dispose([images, labels]);
});

test('every variable gets a finite gradient, the same as by the fallback on tfjs-cpu', async () => {
  const gradientsOn = async (backend: 'wasm' | 'cpu'): Promise<Float32Array[]> => {
    await tf.setBackend(backend);
    const { images, labels } = toyBatch();
    const network = new ToyNetwork();
    const { grads, value } = tf.variableGrads(
      () => lossOf(network, images, labels),
      network.variables,
    );
    const values = network.variables.map(({ name }) => grads[name]!.dataSync() as Float32Array);
    tf.dispose([images, labels, value, grads]);
    network.dispose();
    return values;
  };
  const actual = await gradientsOn('wasm');
  const expected = await gradientsOn('cpu');
  await tf.setBackend('wasm');
  const norm = (values: Float32Array[]): number =>
    Math.hypot(...values.flatMap((each) => [...each]));
  const difference = actual.map((each, i) => each.map((value, j) => value - expected[i]![j]!));
  expect(actual.every((each) => each.every(Number.isFinite))).toBe(true);
  // A sum of products next to a rounding boundary may fall to either side of it.
  expect(norm(difference) / norm(expected)).toBeLessThan(0.02);
});
