import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { Topology, TopologyLayer } from '../../../src/network/topology.ts';
import { sortChannels } from '../../../src/training/channelOrder.ts';
import type { FloatNetwork } from '../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { imageTensor } from '../../../src/training/supernet/imageTensor.ts';
import { slicedTopology } from '../../../src/training/supernet/slicedTopology.ts';
import {
  randomFloatNetwork,
  randomPictures,
  tinyFloatNetwork,
} from '../../support/tinyFloatNetwork.ts';
import { tinyTopology } from '../../support/tinyTopology.ts';

beforeAll(async () => {
  await tf.setBackend('cpu');
});

function logitsOf(network: FloatNetwork): Float32Array {
  const program = new FloatProgram(network);
  return tf.tidy(() =>
    program.forward(imageTensor(randomPictures(3, 16, 4), 16)).dataSync<'float32'>(),
  );
}

function withAllSliced(network: FloatNetwork): FloatNetwork {
  const topology = slicedTopology(network.topology, 'all');
  return {
    ...network,
    topology,
    layers: network.layers.map((one, i) => ({ ...one, layer: topology.layers[i]! })),
  };
}

/** Sum of magnitudes of the weights that read each input channel. */
function columnSums({ layers }: FloatNetwork, name: string): number[] {
  const { layer, weightsOhwi } = layers.find((one) => one.layer.name === name)!;
  const sums = new Array<number>(layer.inChannels).fill(0);
  weightsOhwi.forEach((weight, i) => {
    sums[i % layer.inChannels]! += Math.abs(weight);
  });
  return sums;
}

function isFalling(values: readonly number[]): boolean {
  return values.every((value, i) => i === 0 || value <= values[i - 1]! + 1e-4);
}

/** A block of ResNet-50: its middle channels are sliced. */
const bottleneckTopology: Topology = {
  name: 'bottleneck',
  layers: tinyTopology(4).layers.flatMap((layer): TopologyLayer[] => {
    const dense = { ...layer, op: 'conv', slicesIn: false, slicesOut: false } as const;
    switch (layer.name) {
      case 'stem':
        return [layer];
      case 'down.expand':
        return [{ ...dense, name: 'reduce', outChannels: 16, slicesOut: true }];
      case 'down.depthwise':
        return [
          {
            ...dense,
            name: 'spatial',
            input: 'reduce',
            inChannels: 16,
            outChannels: 16,
            slicesIn: true,
            slicesOut: true,
          },
        ];
      case 'down.project':
        return [{ ...dense, name: 'restore', input: 'spatial', inChannels: 16, slicesIn: true }];
      case 'head':
        return [{ ...layer, input: 'restore' }];
      case 'pool':
      case 'classifier':
        return [layer];
      default:
        return [];
    }
  }),
};

describe('sorting channels', () => {
  const network = tinyFloatNetwork(3);

  test.each([
    ['hidden', network],
    ['all', withAllSliced(network)],
  ])('%s: leaves what the network computes as it is (seed 3)', (_, unsorted) => {
    const before = logitsOf(unsorted);
    const after = logitsOf(sortChannels(unsorted));
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(1e-4);
  });

  test('puts the hidden channels that the projection reads most first', () => {
    expect(isFalling(columnSums(network, 'down.project'))).toBe(false);
    const sorted = sortChannels(network);
    expect(isFalling(columnSums(sorted, 'down.project'))).toBe(true);
    expect(isFalling(columnSums(sorted, 'same.project'))).toBe(true);
  });

  test('keeps apart the channels before and after a dense layer that is sliced on both sides', () => {
    const bottleneck = randomFloatNetwork(bottleneckTopology, 9);
    const sorted = sortChannels(bottleneck);
    expect(isFalling(columnSums(bottleneck, 'spatial'))).toBe(false);
    expect(isFalling(columnSums(sorted, 'spatial'))).toBe(true);
    expect(isFalling(columnSums(sorted, 'restore'))).toBe(true);
    const [before, after] = [logitsOf(bottleneck), logitsOf(sorted)];
    expect(Math.max(...after.map((value, i) => Math.abs(value - before[i]!)))).toBeLessThan(1e-4);
  });

  test('leaves channels that no width slices where they are', () => {
    const stem = (one: FloatNetwork) => one.layers[0]!.weightsOhwi;
    expect(stem(sortChannels(network))).toEqual(stem(network));
  });

  test('of the residual stream keeps what is added in the order of what it is added to', () => {
    const all = withAllSliced(network);
    const sorted = sortChannels(all);
    expect(isFalling(columnSums(sorted, 'classifier'))).toBe(true);
    const readers = (one: FloatNetwork) => {
      const head = columnSums(one, 'head');
      return columnSums(one, 'same.expand').map((sum, i) => sum + head[i]!);
    };
    expect(isFalling(readers(all))).toBe(false);
    expect(isFalling(readers(sorted))).toBe(true);
  });
});
