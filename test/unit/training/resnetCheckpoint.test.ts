import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { encodeCheckpoint } from '../../../src/training/checkpoint.ts';
import { torchvisionNormalisation } from '../../../src/training/checkpointConventions.ts';
import {
  type FloatNetwork,
  floatNetworkOf,
  readFloatNetwork,
} from '../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import { Safetensors, writeSafetensors } from '../../../src/training/safetensors.ts';
import { imageTensor } from '../../../src/training/supernet/imageTensor.ts';
import { randomPictures } from '../../support/tinyFloatNetwork.ts';
import { tinyResnet, tinyResnetShape } from '../../support/tinyResnet.ts';
import { TorchvisionResnet } from '../../support/torchvisionResnet.ts';

const seed = 7;
// Machines that do other things as well take several times as long as an idle one.
const classes = 5;

beforeAll(openTfjsInNode);

function images(side: number): tf.Tensor4D {
  return imageTensor(randomPictures(2, side, seed), side);
}

/** What torchvision's network makes of pictures; its state dict has all its tensors afterwards. */
function torchvisionLogits(net: TorchvisionResnet, side: number): Float32Array {
  const { mean, std } = torchvisionNormalisation;
  return tf.tidy(() =>
    net
      .forward(
        images(side)
          .toFloat()
          .sub(tf.tensor1d([...mean]))
          .div(tf.tensor1d([...std])),
      )
      .dataSync<'float32'>(),
  );
}

function floatLogits(network: FloatNetwork, side: number): Float32Array {
  const program = new FloatProgram(network);
  const logits = tf.tidy(() => program.forward(images(side)).dataSync<'float32'>());
  program.dispose();
  return logits;
}

function checkpointOf(net: TorchvisionResnet, metadata: Record<string, string> = {}): Safetensors {
  return new Safetensors(writeSafetensors(net.tensors, metadata));
}

/** The largest difference, as a share of the largest magnitude. */
function relativeError(got: Float32Array, expected: Float32Array): number {
  const largest = Math.max(...expected.map(Math.abs));
  return Math.max(...got.map((value, i) => Math.abs(value - expected[i]!))) / largest;
}

describe(`a checkpoint with torchvision's names, batch norm apart (seed ${seed})`, () => {
  test.each(['basic', 'bottleneck'] as const)(
    'of %s blocks is read as the network that torchvision computes',
    (block) => {
      const net = new TorchvisionResnet(tinyResnetShape(block), classes, seed);
      // Odd after every stride, and even.
      for (const side of [45, 64]) {
        const expected = torchvisionLogits(net, side);
        const network = floatNetworkOf(tinyResnet(block, classes), checkpointOf(net));
        expect(relativeError(floatLogits(network, side), expected)).toBeLessThan(1e-5);
      }
    },
  );

  test.each([
    ['resnet18', 'basic', [2, 2, 2, 2]],
    ['resnet50', 'bottleneck', [3, 4, 6, 3]],
  ] as const)('is read by the name %s, whole', (name, block, stages) => {
    const net = new TorchvisionResnet({ name, block, channels: 64, stages }, classes, seed);
    const expected = torchvisionLogits(net, 32);
    const network = readFloatNetwork(name, checkpointOf(net));
    expect(network.topology.name).toBe(name);
    expect(network.layers.at(-1)!.bias).toHaveLength(classes);
    expect(relativeError(floatLogits(network, 32), expected)).toBeLessThan(1e-4);
  });

  test('is written with batch norm folded, and read back as the same network', () => {
    const net = new TorchvisionResnet(tinyResnetShape('basic'), classes, seed);
    torchvisionLogits(net, 32);
    const topology = tinyResnet('basic', classes);
    const network = floatNetworkOf(topology, checkpointOf(net));
    const file = new Safetensors(encodeCheckpoint(network, ['a', 'b', 'c', 'd', 'e'], {}));
    expect(floatNetworkOf(topology, file)).toEqual(network);
  });

  test('padded as TensorFlow does is refused: its ResNets are others', () => {
    const net = new TorchvisionResnet(tinyResnetShape('basic'), classes, seed);
    torchvisionLogits(net, 32);
    const read = () =>
      readFloatNetwork('resnet18', checkpointOf(net, { padding: 'TensorFlow SAME' }));
    expect(read).toThrow(expect.objectContaining({ code: 'WEIGHTS_FORMAT', got: 'tensorflow' }));
  });
});
