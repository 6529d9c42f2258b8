import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { BitWidth } from '../../../../src/quant/bits.ts';
import { FloatProgram } from '../../../../src/training/floatProgram.ts';
import { imageTensor } from '../../../../src/training/supernet/imageTensor.ts';
import {
  type InitialSupernet,
  initialiseSupernet,
  type SupernetOptions,
} from '../../../../src/training/supernet/initialise.ts';
import { Supernet } from '../../../../src/training/supernet/supernet.ts';
import { randomPictures, tinyFloatNetwork } from '../../../support/tinyFloatNetwork.ts';
import { openTrainingBackend } from '../../../support/tinyTrainee.ts';

const side = 24;
const pictures = randomPictures(8, side, 5);
const network = tinyFloatNetwork(6);
const options: SupernetOptions = {
  widths: [1, 0.5],
  bits: [8, 6, 4],
  pinnedBits: { depthwise: 8, signedInputs: 8 },
  slicing: { channels: 'hidden', order: 'none' },
};
let initial: InitialSupernet;
let supernet: Supernet;

// Machines that do other things as well take several times as long as an idle one.
beforeAll(async () => {
  await openTrainingBackend();
  initial = await initialiseSupernet(network, options, { pictures, side });
  supernet = new Supernet(initial.shape, initial.values);
});
afterAll(() => supernet.dispose());

function logitsOf(width: number, bits: BitWidth, net = supernet): Float32Array {
  return tf.tidy(() =>
    net.forward({ width, bits }, imageTensor(pictures, side)).logits.dataSync<'float32'>(),
  );
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  let ab = 0;
  let aa = 0;
  let bb = 0;
  a.forEach((value, i) => {
    ab += (value - meanA) * (b[i]! - meanB);
    aa += (value - meanA) ** 2;
    bb += (b[i]! - meanB) ** 2;
  });
  return ab / Math.sqrt(aa * bb);
}

describe('a supernet made of a float network (seed 6)', () => {
  test('computes at full width and 8 bits nearly what the network does', () => {
    const program = new FloatProgram(network);
    const float = tf.tidy(() => program.forward(imageTensor(pictures, side)).dataSync<'float32'>());
    expect(correlation(logitsOf(1, 8), float)).toBeGreaterThan(0.999);
  });

  test('comes further from it with every bit less', () => {
    const program = new FloatProgram(network);
    const float = tf.tidy(() => program.forward(imageTensor(pictures, side)).dataSync<'float32'>());
    const [eight, six, four] = ([8, 6, 4] as const).map((b) => correlation(logitsOf(1, b), float));
    expect(eight).toBeGreaterThan(six!);
    expect(six).toBeGreaterThan(four!);
    expect(four).toBeGreaterThan(0.8);
  });

  test('has one weight step where the bits are pinned and one per bit-width elsewhere', () => {
    const stepsOf = (layer: string) =>
      [...supernet.parameters.keys()].filter((name) => name.startsWith(`${layer}/weightStep/`));
    expect(stepsOf('stem')).toEqual(['stem/weightStep/8']);
    expect(stepsOf('down.depthwise')).toEqual(['down.depthwise/weightStep/8']);
    expect(stepsOf('classifier')).toEqual(['classifier/weightStep/8']);
    expect(stepsOf('down.project')).toHaveLength(3);
  });

  test('has batch norm of its own in each width and bit-width, with the channels of that width', () => {
    expect(supernet.read('down.expand/gamma/1/8').shape).toEqual([40]);
    expect(supernet.read('down.expand/gamma/0.5/4').shape).toEqual([24]);
    expect(supernet.read('down.project/gamma/0.5/4').shape).toEqual([20]);
  });

  test('does not read the channels that a width leaves out', async () => {
    const values = new Map(await supernet.values());
    const before = logitsOf(0.5, 4);
    const weights = values.get('same.expand/weight')!.slice();
    weights.forEach((_, i) => {
      if (i % 64 >= 32) weights[i] = 1e3;
    });
    values.set('same.expand/weight', weights);
    const changed = new Supernet(initial.shape, values);
    expect(logitsOf(0.5, 4, changed)).toEqual(before);
    expect(logitsOf(1, 4, changed)).not.toEqual(logitsOf(1, 4));
    changed.dispose();
  });

  test('frees all that a forward pass made', () => {
    const before = tf.memory().numTensors;
    logitsOf(0.5, 6);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('refuses values that do not fit', async () => {
    const values = new Map(await supernet.values());
    values.set('classifier/bias', new Float32Array(4));
    expect(() => new Supernet(initial.shape, values)).toThrow(
      /classifier\/bias.*5 values.*4 values/,
    );
  });
});
