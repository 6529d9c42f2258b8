import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../../src/backends/reference/backend.ts';
import { openWasmBackend } from '../../../../src/backends/wasm/backend.ts';
import { openModel } from '../../../../src/model/reader.ts';
import { writeModel } from '../../../../src/model/writer.ts';
import { formatSubnet, type Subnet } from '../../../../src/network/subnet.ts';
import { Session } from '../../../../src/runtime/session.ts';
import { calibrateSubnets } from '../../../../src/training/supernet/calibrate.ts';
import { exportModel } from '../../../../src/training/supernet/exportModel.ts';
import { imageTensor } from '../../../../src/training/supernet/imageTensor.ts';
import {
  type InitialSupernet,
  initialiseSupernet,
} from '../../../../src/training/supernet/initialise.ts';
import { predictLogits } from '../../../../src/training/supernet/predict.ts';
import { Supernet } from '../../../../src/training/supernet/supernet.ts';
import { compareTraces, runTraced } from '../../../support/parity.ts';
import { seededRandom } from '../../../support/random.ts';
import { readFrom } from '../../../support/randomModel.ts';
import { randomFloatNetwork, randomPictures } from '../../../support/tinyFloatNetwork.ts';
import { tinyResnet } from '../../../support/tinyResnet.ts';
import { openTrainingBackend } from '../../../support/tinyTrainee.ts';

const seed = 21;
const side = 32;
const widths = [1, 0.5];
const bits = [8, 6, 4] as const;
const subnets = widths.flatMap((width) =>
  bits.map((b): Subnet => ({ width, resolution: side, bits: b })),
);
const classes = ['ant', 'bee', 'cat'];
// Machines that do other things as well take several times as long as an idle one.

beforeAll(openTrainingBackend);

function initialise(
  block: 'basic' | 'bottleneck',
  channels: 'hidden' | 'all',
): Promise<InitialSupernet> {
  const network = randomFloatNetwork(tinyResnet(block, classes.length), seed);
  const options = {
    widths,
    bits,
    pinnedBits: { depthwise: null, signedInputs: null },
    slicing: { channels, order: 'l1' } as const,
  };
  return initialiseSupernet(network, options, { pictures: randomPictures(6, side, seed), side });
}

/** As after training: readers of one output no longer have the same step. */
function withStepsOfTheirOwn({ shape, values }: InitialSupernet): Supernet {
  const random = seededRandom(seed);
  const changed = [...values].map(([name, own]) => {
    const factor = name.includes('/inputStep/') ? 0.8 + 0.4 * random() : 1;
    return [name, own.map((value) => value * factor)] as const;
  });
  return new Supernet(shape, new Map(changed));
}

function rgbaOf(picture: Uint8Array) {
  const data = new Uint8Array(4 * side * side);
  picture.forEach((value, i) => {
    data[4 * Math.floor(i / 3) + (i % 3)] = value;
  });
  return { data, width: side, height: side };
}

describe(`a supernet of a ResNet (seed ${seed})`, () => {
  test.each([
    ['basic', 'hidden'],
    ['basic', 'all'],
    ['bottleneck', 'hidden'],
    ['bottleneck', 'all'],
  ] as const)(
    'of %s blocks, %s channels sliced, is exported as a model that agrees with it',
    async (block, channels) => {
      const supernet = withStepsOfTheirOwn(await initialise(block, channels));
      const images = new Map([[side, randomPictures(8, side, seed + 1)]]);
      const statistics = await calibrateSubnets(supernet, { subnets, images, batch: 8 });
      const contents = exportModel({
        shape: supernet.shape,
        values: await supernet.values(),
        resolutions: [side],
        statistics,
        description: {
          name: 'tiny',
          classes,
          provenance: { generator: 'a test', command: `seed ${seed}`, sources: [] },
          cropFraction: 1,
        },
      });
      const model = await openModel(readFrom(await writeModel(contents)));
      const session = new Session(model, openReferenceBackend());
      const wasm = await openWasmBackend();
      const pictures = randomPictures(4, side, seed + 2);
      for (const entry of model.manifest.subnets) {
        const fake = await predictLogits(supernet, entry, pictures, {
          statistics: statistics.get(formatSubnet(entry))!,
          batch: 4,
        });
        const spread = Math.max(...fake.map((logits) => Math.max(...logits) - Math.min(...logits)));
        const errors: number[] = [];
        for (const [i, picture] of pictures.entries()) {
          const { logits } = await session.runOnce(entry, rgbaOf(picture));
          errors.push(Math.max(...logits.map((value, c) => Math.abs(value - fake[i]![c]!))));
        }
        // A value that lies on a rounding boundary to the last bit may go either way.
        errors.sort((a, b) => a - b);
        expect(errors[1]! / spread, formatSubnet(entry)).toBeLessThan(1e-3);
        const frame = rgbaOf(pictures[0]!);
        const reference = await runTraced(openReferenceBackend(), model, entry, frame);
        const traced = await runTraced(wasm, model, entry, frame);
        expect(compareTraces(traced, reference), formatSubnet(entry)).toBeNull();
      }
      session.dispose();
      supernet.dispose();
    },
  );

  test('has on wasm the gradients of tfjs-cpu, through pooling, shortcuts and ReLUs', async () => {
    const { shape, values } = await initialise('basic', 'hidden');
    const layers = ['conv1', 'layer1.0.conv2', 'layer2.0.downsample.0', 'layer2.1.conv1'];
    const gradientsOn = async (backend: 'wasm' | 'cpu') => {
      await tf.setBackend(backend);
      const supernet = new Supernet(shape, values);
      const variables = layers.map((name) => supernet.read(`${name}/weight`));
      const read: Float32Array[] = [];
      tf.tidy(() => {
        const images = imageTensor(randomPictures(2, 16, seed), 16);
        const weights = tf.tensor2d([1, -2, 0.5, 3, 1, -1], [2, 3]);
        const { grads } = tf.variableGrads(() => {
          const { logits } = supernet.forward({ width: 0.5, bits: 8 }, images);
          return logits.mul(weights).sum<tf.Scalar>();
        }, variables);
        for (const { name } of variables) read.push(grads[name]!.dataSync<'float32'>().slice());
      });
      supernet.dispose();
      await tf.setBackend('wasm');
      return read;
    };
    const [got, expected] = [await gradientsOn('wasm'), await gradientsOn('cpu')];
    layers.forEach((name, layer) => {
      const [a, b] = [got[layer]!, expected[layer]!];
      const norm = Math.hypot(...b);
      expect(norm, name).toBeGreaterThan(0);
      const difference = Math.hypot(...a.map((value, i) => value - b[i]!));
      expect(difference / norm, name).toBeLessThan(1e-3);
    });
  });
});
