import * as tf from '@tensorflow/tfjs';
import { imageName } from '../../model/validate.ts';
import type { Subnet } from '../../network/subnet.ts';
import { fakeQuantize } from '../kernels/fakeQuantize.ts';
import { applyActivation, applyLayer } from '../layerTensors.ts';
import { applyBatchNorm, type BatchNormMode, type VisitStatistics } from './batchNorm.ts';
import { type SupernetLayer, type SupernetShape, supernetLayers } from './shape.ts';
import { applyTable, type QuantizedOperands } from './tableLayer.ts';
import { weightTensorShape } from './weightOrder.ts';

/** Gives a parameter's tensor by its name: the supernet's own, or a teacher's. */
export type ReadParameter = (name: string) => tf.Tensor;

export interface SubnetOutput {
  /** [n, classes] */
  readonly logits: tf.Tensor2D;
  /** What the last layer reads, before it is quantized. [n, channels] */
  readonly features: tf.Tensor2D;
}

/**
 * Runs one subnet with fake quantization (numeric contract, rules 1 to 7): weights and layer inputs are
 * rounded to integers times their steps, each consumer of an output with its own step; everything
 * between is f32. Differentiable in all parameters where `batchNorm` is of kind `batch`, with LSQ's
 * gradients (Esser et al., ICLR 2020).
 * @param images [n, side, side, 3], pixels 0 to 255
 */
export function forwardSubnet(
  shape: SupernetShape,
  read: ReadParameter,
  { width, bits }: Pick<Subnet, 'width' | 'bits'>,
  images: tf.Tensor4D,
  batchNorm: BatchNormMode = { kind: 'batch' },
): SubnetOutput {
  return tf.tidy(() => {
    const layers = supernetLayers(shape, width, bits);
    const last = layers.at(-1)!;
    const outputs = new Map<string, tf.Tensor4D>([
      [imageName, centredImages(images, shape.zeroPoint)],
    ]);
    layers.forEach((own, index) => {
      const { name, input, residual } = own.layer;
      const output = tf.tidy(() => {
        const added = residual === undefined ? null : outputs.get(residual)!;
        const quantized = quantizeOperands(own, outputs.get(input)!, read);
        return batchNorm.kind === 'tables'
          ? applyTable(own, quantized, added, batchNorm.tables[index]!)
          : applyWithBatchNorm(own, quantized, added, read, batchNorm.visit);
      });
      outputs.set(name, output);
      const isReadLater = (produced: string) =>
        produced === last.layer.input ||
        layers.slice(index + 1).some(({ layer }) => reads(layer, produced));
      for (const [produced, tensor] of outputs) {
        if (produced === name || isReadLater(produced)) continue;
        tensor.dispose();
        outputs.delete(produced);
      }
    });
    const flat = (name: string) => outputs.get(name)!.reshape<tf.Tensor2D>([images.shape[0], -1]);
    return { logits: flat(last.layer.name), features: flat(last.layer.input) };
  });
}

function reads(layer: SupernetLayer['layer'], name: string): boolean {
  return layer.input === name || layer.residual === name;
}

/** Pixels minus zero point, so that zero padding is exact. */
function centredImages(images: tf.Tensor4D, zeroPoint: SupernetShape['zeroPoint']): tf.Tensor4D {
  return tf.tidy(() => images.toFloat().sub<tf.Tensor4D>(tf.tensor1d([...zeroPoint])));
}

function applyWithBatchNorm(
  own: SupernetLayer,
  { input, weights }: QuantizedOperands,
  residual: tf.Tensor4D | null,
  read: ReadParameter,
  visit: VisitStatistics | undefined,
): tf.Tensor4D {
  const { layer } = own;
  const sums = applyLayer(layer, input, weights);
  const activation = residual === null ? layer.activation : 'none';
  const output = finish(own, sums, activation, read, visit);
  if (residual === null) return output;
  return applyActivation(layer.activation, output.add<tf.Tensor4D>(residual));
}

function finish(
  { layer, batchNorm, bias }: SupernetLayer,
  sums: tf.Tensor4D,
  activation: SupernetLayer['layer']['activation'],
  read: ReadParameter,
  visit: VisitStatistics | undefined,
): tf.Tensor4D {
  if (batchNorm !== null) {
    const gamma = read(batchNorm.gamma) as tf.Tensor1D;
    const beta = read(batchNorm.beta) as tf.Tensor1D;
    return applyBatchNorm(visit, layer, sums, gamma, beta, activation);
  }
  const shifted = bias === null ? sums : sums.add<tf.Tensor4D>(read(bias));
  return applyActivation(activation, shifted);
}

function quantizeOperands(
  own: SupernetLayer,
  input: tf.Tensor4D,
  read: ReadParameter,
): QuantizedOperands {
  const { weight, outChannels } = own;
  return {
    input: quantizeInput(own, input, read),
    inputStep: own.input && read(own.input.step),
    weights: quantizeWeights(own, read),
    weightSteps: weight && firstChannels(read(weight.step), [outChannels]),
  };
}

function quantizeInput(
  { input: quantizer }: SupernetLayer,
  input: tf.Tensor4D,
  read: ReadParameter,
): tf.Tensor4D {
  if (quantizer === null) return input;
  const { step, range } = quantizer;
  const [, height, width, channels] = input.shape;
  return fakeQuantize(input, read(step), {
    ...range,
    gradScale: stepGradientScale(height * width * channels, range.max),
  });
}

/** HWIO, for depthwise HWC1; null for pooling. */
function quantizeWeights(own: SupernetLayer, read: ReadParameter): tf.Tensor4D | null {
  const { layer, weight, outChannels } = own;
  if (weight === null) return null;
  const size = weightTensorShape(layer, own);
  const latent = firstChannels(read(weight.name), size);
  const steps = firstChannels(read(weight.step), [outChannels]);
  const quantized = fakeQuantize(latent, steps, {
    min: weight.range.min,
    max: weight.range.max,
    gradScale: stepGradientScale(latent.size / outChannels, weight.range.max),
  });
  return layer.op === 'depthwise'
    ? quantized.reshape<tf.Tensor4D>([...size, 1])
    : (quantized as tf.Tensor4D);
}

/** LSQ, section 2.2: 1 / sqrt(values * Qp) balances a step's updates against the weights'. */
function stepGradientScale(values: number, largestInteger: number): number {
  return 1 / Math.sqrt(values * largestInteger);
}

function firstChannels(tensor: tf.Tensor, size: readonly number[]): tf.Tensor {
  const isWhole = tensor.shape.every((length, axis) => length === size[axis]);
  return isWhole
    ? tensor
    : tf.slice(
        tensor,
        size.map(() => 0),
        [...size],
      );
}
