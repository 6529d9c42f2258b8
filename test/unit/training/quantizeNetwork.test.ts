import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { openModel } from '../../../src/model/reader.ts';
import { type ModelContents, writeModel } from '../../../src/model/writer.ts';
import { Session } from '../../../src/runtime/session.ts';
import type { FloatNetwork } from '../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import {
  type QuantizeOptions,
  type QuantizeProgress,
  quantizeNetwork,
} from '../../../src/training/postTraining/quantizeNetwork.ts';
import { randomPictures, tinyFloatNetwork } from '../../support/tinyFloatNetwork.ts';
import { readFrom } from '../../support/tinyModel.ts';

const seed = 5;
const classes = ['ant', 'bee', 'cat', 'dog', 'elk'];
const network = tinyFloatNetwork(seed, classes.length);
const resolutions = [32, 24];
const images = new Map(resolutions.map((side) => [side, randomPictures(16, side, seed)]));
const options: QuantizeOptions = {
  network,
  images,
  widths: [1, 0.5],
  resolutions,
  bits: [8, 6, 4],
  description: {
    name: 'tiny',
    classes,
    cropFraction: 1,
    provenance: { generator: 'a test', command: `seed ${seed}`, sources: [] },
  },
};

beforeAll(openTfjsInNode);

function floatLogits(own: FloatNetwork, picture: Uint8Array, side: number): Float32Array {
  const program = new FloatProgram(own);
  const logits = tf.tidy(() => program.forward(tf.tensor4d(picture, [1, side, side, 3], 'int32')));
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  program.dispose();
  return values;
}

/** Root mean square of the differences, in deviations of the expected values. */
function relativeError(got: readonly number[], expected: readonly number[]): number {
  const mean = expected.reduce((sum, value) => sum + value) / expected.length;
  const variance = expected.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  return Math.sqrt(got.reduce((sum, value, i) => sum + (value - expected[i]!) ** 2, 0) / variance);
}

function rgbaOf(picture: Uint8Array, side: number) {
  const data = new Uint8Array(4 * side * side);
  for (let pixel = 0; pixel < side * side; pixel++) {
    data.set(picture.subarray(3 * pixel, 3 * pixel + 3), 4 * pixel);
  }
  return { data, width: side, height: side };
}

describe('quantizing a network without training', () => {
  let contents: ModelContents;
  const progress: QuantizeProgress[] = [];
  beforeAll(async () => {
    contents = await quantizeNetwork({ ...options, onProgress: (p) => progress.push(p) });
  });

  test('makes each combination of width, resolution and bit-width', () => {
    expect(contents.subnets).toHaveLength(2 * 2 * 3);
  });

  test('stores what has the same bits everywhere once', () => {
    const { weights } = contents;
    expect(weights.get('stem')).toMatchObject({ bits: 8 });
    expect(weights.get('same.depthwise')).toMatchObject({ bits: 8 });
    expect(weights.get('classifier')).toMatchObject({ bits: 8 });
    expect(weights.get('same.expand')).toMatchObject([{ bits: 8 }, { bits: 6 }, { bits: 4 }]);
    expect(weights.has('pool')).toBe(false);
  });

  test('reports progress from the first layer to the last', () => {
    expect(progress.map(({ done }) => done)).toEqual(progress.map((_, i) => i + 1));
    expect(progress.at(-1)!.done).toBe(progress.at(-1)!.total);
  });

  test(`a run of the model comes close to the float network, seed ${seed}`, async () => {
    const model = await openModel(readFrom(await writeModel(contents)));
    const session = new Session(model, openReferenceBackend());
    // Fresh pictures; figures of this seed, rounded up.
    const limits = [
      [8, 0.05],
      [6, 0.15],
      [4, 0.6],
    ] as const;
    for (const side of resolutions) {
      const pictures = randomPictures(8, side, seed + 1);
      const expected = pictures.flatMap((picture) => [...floatLogits(network, picture, side)]);
      for (const [bits, limit] of limits) {
        const got: number[] = [];
        for (const picture of pictures) {
          const subnet = { width: 1, resolution: side, bits };
          got.push(...(await session.runOnce(subnet, rgbaOf(picture, side))).logits);
        }
        expect(relativeError(got, expected), `${bits} bits at ${side} px`).toBeLessThan(limit);
      }
    }
    session.dispose();
  });

  test('every number of a table is finite, at every width', () => {
    for (const { tables } of contents.subnets) {
      for (const { inputStep, multiplier, bias } of tables) {
        expect(inputStep).toBeGreaterThan(0);
        expect([...multiplier, ...bias].every(Number.isFinite)).toBe(true);
      }
    }
  });
});

test('a signal stops it', async () => {
  const controller = new AbortController();
  const quantized = quantizeNetwork({
    ...options,
    signal: controller.signal,
    onProgress: () => controller.abort(),
  });
  await expect(quantized).rejects.toMatchObject({ code: 'ABORTED' });
});

test('what cannot be quantized is refused', async () => {
  const refusals: [string, Partial<QuantizeOptions>][] = [
    ['class names', { description: { ...options.description, classes: ['one'] } }],
    ['calibration pictures', { images: new Map([[32, images.get(32)!]]) }],
    ['widths', { widths: [0.5] }],
  ];
  for (const [what, change] of refusals) {
    const quantized = quantizeNetwork({ ...options, ...change });
    await expect(quantized, what).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
    await expect(quantized).rejects.toThrow(what);
  }
});
