import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test, vi } from 'vitest';
import type { FloatNetwork } from '../../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../../src/training/floatProgram.ts';
import { imageTensor } from '../../../../src/training/supernet/imageTensor.ts';
import { initialiseSupernet } from '../../../../src/training/supernet/initialise.ts';
import { Supernet } from '../../../../src/training/supernet/supernet.ts';
import {
  randomFloatNetwork,
  randomPictures,
  tinyFloatNetwork,
} from '../../../support/tinyFloatNetwork.ts';
import { tinyResnet } from '../../../support/tinyResnet.ts';
import { openTrainingBackend } from '../../../support/tinyTrainee.ts';

vi.mock('../../../../src/training/kernels/fakeQuantize.ts', () => ({
  fakeQuantize: (x: tf.Tensor) => x,
}));

const seed = 12;
const classes = 5;
const side = 40;
const pictures = randomPictures(6, side, seed);
// Whole means: what an image's zero point leaves of others would be seen at the edges.
const normalisation = { mean: [124, 116, 104], std: [58, 57, 57] } as const;

beforeAll(openTrainingBackend);

const networks: readonly [string, FloatNetwork][] = [
  ['inverted residuals', tinyFloatNetwork(seed, classes)],
  ['basic blocks', randomFloatNetwork(tinyResnet('basic', classes), seed)],
  ['bottlenecks', randomFloatNetwork(tinyResnet('bottleneck', classes), seed)],
];

const cases = networks.flatMap(([what, network]) =>
  (['hidden', 'all'] as const).map((channels) => [what, channels, network] as const),
);

test.each(cases)(
  `a supernet of %s, %s channels sliced, computes at full width and without rounding what the float network does (seed ${seed})`,
  async (_, channels, own) => {
    const network = { ...own, normalisation };
    const options = {
      widths: [1, 0.5],
      bits: [4] as const,
      pinnedBits: { depthwise: 8, signedInputs: 8 } as const,
      slicing: { channels, order: 'l1' } as const,
    };
    const { shape, values } = await initialiseSupernet(network, options, { pictures, side });
    const supernet = new Supernet(shape, values);
    const program = new FloatProgram(network);
    const [got, expected] = tf.tidy(() => {
      const images = imageTensor(pictures, side);
      const { logits } = supernet.forward({ width: 1, bits: 4 }, images);
      return [logits.dataSync<'float32'>(), program.forward(images).dataSync<'float32'>()];
    });
    supernet.dispose();
    program.dispose();
    const largest = Math.max(...expected.map(Math.abs));
    const error = Math.max(...got.map((value, i) => Math.abs(value - expected[i]!)));
    expect(error / largest).toBeLessThan(1e-4);
  },
);
