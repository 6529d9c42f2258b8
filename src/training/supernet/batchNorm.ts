import type * as tf from '@tensorflow/tfjs';
import type { LayerTable } from '../../model/table.ts';
import type { TopologyLayer } from '../../network/topology.ts';
import { batchNormEpsilon } from '../checkpointConventions.ts';
import { fusedBatchNorm } from '../kernels/fusedBatchNorm.ts';

/** A layer's pre-activations, per channel. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  /** Of the population: divided by the number of values. */
  readonly variance: Float32Array;
}

/** By layer name, for the layers that have batch norm. */
export type SubnetStatistics = ReadonlyMap<string, ChannelStatistics>;

/** Where batch norm's statistics come from. */
export type BatchNormMode =
  /** The batch itself, with gradients; shown layer by layer where `visit` is given. */
  | { readonly kind: 'batch'; readonly visit?: VisitStatistics }
  /** They are in the tables of an exported subnet, layer by layer. */
  | { readonly kind: 'tables'; readonly tables: readonly LayerTable[] };

/**
 * Shown each layer's mean and 1 / sqrt(variance + epsilon), each [channels]. The tensors are freed after
 * the visit.
 */
export type VisitStatistics = (
  layer: TopologyLayer,
  mean: tf.Tensor1D,
  inverseDeviation: tf.Tensor1D,
) => void;

/**
 * activation(gamma * (x - mean) / sqrt(variance + epsilon) + beta), by the batch's own statistics.
 * @param x [n, height, width, channels]
 */
export function applyBatchNorm(
  visit: VisitStatistics | undefined,
  layer: TopologyLayer,
  x: tf.Tensor4D,
  gamma: tf.Tensor1D,
  beta: tf.Tensor1D,
  activation: TopologyLayer['activation'],
): tf.Tensor4D {
  return fusedBatchNorm(x, gamma, beta, {
    epsilon: batchNormEpsilon,
    activation,
    ...(visit && {
      onStatistics: (mean: tf.Tensor1D, inverse: tf.Tensor1D) => visit(layer, mean, inverse),
    }),
  });
}

/** 1 / sqrt(variance + epsilon) */
export function inverseDeviation({ variance }: ChannelStatistics): Float32Array {
  return variance.map((value) => 1 / Math.sqrt(value + batchNormEpsilon));
}
