import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import type { TopologyLayer } from '../../../src/network/topology.ts';
import { encodeCheckpoint, replaceClassifier } from '../../../src/training/checkpoint.ts';
import {
  readClassNames,
  readNormalisation,
  tensorflowNormalisation,
  torchvisionNormalisation,
} from '../../../src/training/checkpointConventions.ts';
import { floatNetworkOf, readFloatNetwork } from '../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import {
  type FloatTensor,
  Safetensors,
  writeSafetensors,
} from '../../../src/training/safetensors.ts';
import { seededRandom } from '../../support/random.ts';
import { tinyFloatNetwork } from '../../support/tinyFloatNetwork.ts';

const seed = 3;

const conv: TopologyLayer = {
  name: 'conv',
  op: 'conv',
  input: 'image',
  kernel: [1, 2],
  stride: 1,
  padding: [0, 0, 0, 0],
  activation: 'none',
  inChannels: 3,
  outChannels: 2,
  slicesIn: false,
  slicesOut: false,
  inputSigned: false,
  batchNorm: 'bn',
};
const topology = { name: 'one layer', layers: [conv] };

function checkpointOf(
  tensors: Record<string, FloatTensor>,
  metadata: Record<string, string> = {},
): Safetensors {
  return new Safetensors(writeSafetensors(new Map(Object.entries(tensors)), metadata));
}

const vector = (...values: number[]): FloatTensor => ({
  shape: [values.length],
  values: Float32Array.from(values),
});
// [out][in][tap]: 12 different numbers
const weight: FloatTensor = {
  shape: [2, 3, 1, 2],
  values: Float32Array.from({ length: 12 }, (_, i) => i + 1),
};

describe('reading a checkpoint', () => {
  test('puts weights in the order out, tap, in', () => {
    const network = floatNetworkOf(
      topology,
      checkpointOf({ 'conv.weight': weight, 'conv.bias': vector(7, 8) }),
    );
    expect([...network.layers[0]!.weightsOhwi]).toEqual([1, 3, 5, 2, 4, 6, 7, 9, 11, 8, 10, 12]);
    expect([...network.layers[0]!.bias]).toEqual([7, 8]);
  });

  test('folds a separate batch norm: the same network as the one folded by hand', () => {
    const separate = floatNetworkOf(
      topology,
      checkpointOf({
        'conv.weight': weight,
        'bn.weight': vector(2, 3),
        'bn.bias': vector(10, 20),
        'bn.running_mean': vector(1, -1),
        // 1e-5, torch's epsilon, makes these 4 and 0.25
        'bn.running_var': vector(4 - 1e-5, 0.25 - 1e-5),
      }),
    );
    const [layer] = separate.layers;
    // 2 / sqrt(4) = 1 and 3 / sqrt(0.25) = 6
    const expected = [1, 3, 5, 2, 4, 6, 42, 54, 66, 48, 60, 72];
    expected.forEach((value, i) => {
      expect(layer!.weightsOhwi[i]).toBeCloseTo(value, 4);
    });
    expect(layer!.bias[0]).toBeCloseTo(10 - 1, 5);
    expect(layer!.bias[1]).toBeCloseTo(20 + 6, 5);
  });

  test.each([
    ['a missing weight', { 'conv.bias': vector(1, 2) }, 'tensor conv.weight is missing'],
    ['neither bias nor batch norm', { 'conv.weight': weight }, 'neither a bias nor a batch norm'],
    [
      'a bias of the wrong length',
      { 'conv.weight': weight, 'conv.bias': vector(1, 2, 3) },
      'tensor conv.bias has the wrong shape',
    ],
    [
      'half a batch norm',
      { 'conv.weight': weight, 'bn.running_mean': vector(0, 0) },
      'tensor bn.weight is missing',
    ],
    [
      'a weight that is no number',
      { 'conv.weight': weight, 'conv.bias': vector(1, Number.NaN) },
      'tensor conv.bias holds a value that is not finite',
    ],
  ])('%s is named', (_what, tensors, message) => {
    const read = () => floatNetworkOf(topology, checkpointOf(tensors));
    expect(read).toThrow(expect.objectContaining({ code: 'WEIGHTS_FORMAT' }));
    expect(read).toThrow(message);
  });

  test('an unknown topology is refused with those there are', () => {
    expect(() => readFloatNetwork('__proto__', checkpointOf({}))).toThrow(/mobilenetv2/);
  });
});

describe('metadata', () => {
  test('says how pixels are normalised; torchvision’s way where it is silent', () => {
    expect(readNormalisation({})).toBe(torchvisionNormalisation);
    expect(readNormalisation({ normalization: 'x = pixel/127.5 - 1, RGB' })).toBe(
      tensorflowNormalisation,
    );
    expect(() => readNormalisation({ normalization: 'x = pixel/255, BGR' })).toThrow(/BGR/);
  });

  test('class names that are no list of strings are refused', () => {
    expect(readClassNames({})).toBeNull();
    expect(readClassNames({ class_names: '["a","b"]' })).toEqual(['a', 'b']);
    for (const names of ['a, b', '{"a":1}', '[1]']) {
      expect(() => readClassNames({ class_names: names })).toThrow(/class_names/);
    }
  });
});

describe('a network as a checkpoint', () => {
  const network = tinyFloatNetwork(seed, 4);

  test(`is read back as the same network, seed ${seed}`, () => {
    const file = encodeCheckpoint(network, ['a', 'b', 'c', 'd'], { source: 'a test' });
    const checkpoint = new Safetensors(file);
    expect(floatNetworkOf(network.topology, checkpoint)).toEqual(network);
    expect(readClassNames(checkpoint.metadata)).toEqual(['a', 'b', 'c', 'd']);
    expect(checkpoint.metadata).toMatchObject({ source: 'a test' });
  });

  test('takes another classifier, with another number of classes', () => {
    const replaced = replaceClassifier(network, new Float32Array(2 * 44), new Float32Array(2));
    expect(replaced.topology.layers.at(-1)!.outChannels).toBe(2);
    expect(replaced.layers.slice(0, -1)).toEqual(network.layers.slice(0, -1));
  });
});

describe('the float program', () => {
  beforeAll(openTfjsInNode);
  const random = seededRandom(seed);
  const side = 16;
  const pixels = Float32Array.from({ length: 2 * side * side * 3 }, () =>
    Math.floor(256 * random()),
  );
  const images = () => tf.tensor4d(pixels, [2, side, side, 3]);

  test(`gives with forward what its walk ends in, and frees what it made, seed ${seed}`, async () => {
    const program = new FloatProgram(tinyFloatNetwork(seed, 4));
    const before = tf.memory().numTensors;
    let last = new Float32Array();
    const seen: string[] = [];
    const image = images();
    await program.walk(image, ({ layer, output }) => {
      seen.push(layer.name);
      last = output.dataSync<'float32'>().slice();
    });
    const logits = program.forward(image);
    expect(logits.shape).toEqual([2, 4]);
    logits.dataSync().forEach((logit, i) => {
      expect(logit).toBeCloseTo(last[i]!, 4);
    });
    expect(seen).toEqual(tinyFloatNetwork(seed, 4).topology.layers.map(({ name }) => name));
    tf.dispose([image, logits]);
    expect(tf.memory().numTensors).toBe(before);
    program.dispose();
  });

  test('pads with the value that stands for the mean, at the sides that the layer names', () => {
    const sum: TopologyLayer = {
      ...conv,
      kernel: [2, 2],
      stride: 2,
      padding: [0, 0, 1, 1],
      outChannels: 1,
      batchNorm: null,
    };
    const program = new FloatProgram({
      topology: { name: 'sum', layers: [sum] },
      layers: [{ layer: sum, weightsOhwi: new Float32Array(12).fill(1), bias: Float32Array.of(0) }],
      normalisation: { mean: [10, 10, 10], std: [2, 2, 2] },
    });
    // (12 - 10) / 2 = 1 at each of 3x3 pixels and 3 channels; windows of 4, 2, 2 and 1 pixels
    const ones = tf.fill<tf.Rank.R4>([1, 3, 3, 3], 12);
    const sums = program.forward(ones);
    expect([...sums.dataSync()]).toEqual([12, 6, 6, 3]);
    tf.dispose([ones, sums]);
    program.dispose();
  });
});
