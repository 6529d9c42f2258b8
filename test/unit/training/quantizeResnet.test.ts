import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { openWasmBackend } from '../../../src/backends/wasm/backend.ts';
import { openModel } from '../../../src/model/reader.ts';
import { writeModel } from '../../../src/model/writer.ts';
import { Session } from '../../../src/runtime/session.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import { quantizeNetwork } from '../../../src/training/postTraining/quantizeNetwork.ts';
import { imageTensor } from '../../../src/training/supernet/imageTensor.ts';
import { randomFloatNetwork, randomPictures } from '../../support/tinyFloatNetwork.ts';
import { readFrom } from '../../support/tinyModel.ts';
import { tinyResnet } from '../../support/tinyResnet.ts';

const seed = 5;
const side = 48;
const classes = ['ant', 'bee', 'cat', 'dog', 'elk'];

beforeAll(openTfjsInNode);

function rgbaOf(picture: Uint8Array) {
  const data = new Uint8Array(4 * side * side);
  picture.forEach((value, i) => {
    data[4 * Math.floor(i / 3) + (i % 3)] = value;
  });
  return { data, width: side, height: side };
}

// Figures of this seed, rounded up.
const limits = [
  [8, 0.05],
  [6, 0.15],
  [4, 0.6],
] as const;

test.each(['basic', 'bottleneck'] as const)(
  `a ResNet of %s blocks, quantized without training, comes close to the float network (seed ${seed})`,
  async (block) => {
    const network = randomFloatNetwork(tinyResnet(block, classes.length), seed);
    const contents = await quantizeNetwork({
      network,
      images: new Map([[side, randomPictures(16, side, seed)]]),
      widths: [1, 0.5],
      resolutions: [side],
      bits: [8, 6, 4],
      description: {
        name: 'tiny',
        classes,
        cropFraction: 1,
        provenance: { generator: 'a test', command: `seed ${seed}`, sources: [] },
      },
    });
    const model = await openModel(readFrom(await writeModel(contents)));
    expect(model.manifest.subnets).toHaveLength(6);
    const pictures = randomPictures(8, side, seed + 1);
    const program = new FloatProgram(network);
    const expected = tf.tidy(() =>
      program.forward(imageTensor(pictures, side)).dataSync<'float32'>(),
    );
    program.dispose();
    const mean = expected.reduce((sum, value) => sum + value) / expected.length;
    const spread = Math.hypot(...expected.map((value) => value - mean));
    const session = new Session(model, await openWasmBackend());
    for (const [bits, limit] of limits) {
      const got: number[] = [];
      for (const picture of pictures) {
        const subnet = { width: 1, resolution: side, bits };
        got.push(...(await session.runOnce(subnet, rgbaOf(picture))).logits);
      }
      const error = Math.hypot(...got.map((value, i) => value - expected[i]!)) / spread;
      expect(error, `${bits} bits`).toBeLessThan(limit);
    }
    session.dispose();
  },
);
