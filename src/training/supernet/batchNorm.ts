import * as tf from '@tensorflow/tfjs';
import type { TopologyLayer } from '../../network/topology.ts';
import { fusedBatchNorm } from '../kernels/fusedBatchNorm.ts';
import { applyActivation } from '../layerTensors.ts';

// torch.nn.BatchNorm2d's default.
export const batchNormEpsilon = 1e-5;

/** A layer's pre-activations, per channel. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  /** Of the population: divided by the number of values. */
  readonly variance: Float32Array;
}

/** By layer name, for the layers that have batch norm. */
export type SubnetStatistics = ReadonlyMap<string, ChannelStatistics>;

/** Which statistics batch norm uses. */
export type BatchNormMode =
  /** The batch's own, with gradients; shown layer by layer where `visit` is given. */
  | { readonly kind: 'batch'; readonly visit?: VisitStatistics }
  /** Fixed ones: what an exported model does. */
  | { readonly kind: 'fixed'; readonly statistics: SubnetStatistics };

/**
 * Shown each layer's mean and 1 / sqrt(variance + epsilon), each [channels]. The tensors are freed after
 * the visit.
 */
export type VisitStatistics = (
  layer: TopologyLayer,
  mean: tf.Tensor1D,
  inverseDeviation: tf.Tensor1D,
) => void;

/** activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta). @param x [n, height, width, channels] */
export function applyBatchNorm(
  mode: BatchNormMode,
  layer: TopologyLayer,
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  activation: TopologyLayer['activation'],
): tf.Tensor4D {
  switch (mode.kind) {
    case 'batch': {
      const { visit } = mode;
      return fusedBatchNorm(x, gamma, beta, {
        epsilon: batchNormEpsilon,
        activation,
        ...(visit && {
          onStatistics: (mean: tf.Tensor1D, inverse: tf.Tensor1D) => visit(layer, mean, inverse),
        }),
      });
    }
    case 'fixed': {
      const own = mode.statistics.get(layer.name)!;
      const multiplier = gamma.mul<tf.Tensor1D>(tf.tensor1d(inverseDeviation(own)));
      const shift = beta.sub(multiplier.mul(tf.tensor1d(own.mean)));
      return applyActivation(activation, x.mul(multiplier).add<tf.Tensor4D>(shift));
    }
    default:
      return mode satisfies never;
  }
}

/** 1 / sqrt(variance + epsilon) */
export function inverseDeviation({ variance }: ChannelStatistics): Float32Array {
  return variance.map((value) => 1 / Math.sqrt(value + batchNormEpsilon));
}
