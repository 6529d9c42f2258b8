import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { type Model, openModel } from '../../../src/model/reader.ts';
import { writeModel } from '../../../src/model/writer.ts';
import {
  type PixelNormalisation,
  readClassNames,
  tensorflowNormalisation,
  torchvisionNormalisation,
} from '../../../src/training/checkpointConventions.ts';
import {
  type FloatNetwork,
  makeTopology,
  randomFloatNetwork,
  readFloatNetwork,
} from '../../../src/training/floatNetwork.ts';
import { FloatProgram } from '../../../src/training/floatProgram.ts';
import { checkpointOfModel } from '../../../src/training/modelCheckpoint.ts';
import { openTfjsInNode } from '../../../src/training/node/tfjsBackend.ts';
import { quantizeNetwork } from '../../../src/training/postTraining/quantizeNetwork.ts';
import { Safetensors } from '../../../src/training/safetensors.ts';
import { seededRandom } from '../../support/random.ts';
import { randomPictures } from '../../support/tinyFloatNetwork.ts';
import { readFrom } from '../../support/tinyModel.ts';

const seed = 3;
const side = 32;
const classes = ['ant', 'bee', 'cat', 'dog', 'elk'];
const pictures = randomPictures(8, side, seed);

beforeAll(openTfjsInNode);

/** An unsorted network, so that the model's channels are in the network's order at width 1. */
function networkOf(style: 'tensorflow' | 'torch', normalisation: PixelNormalisation): FloatNetwork {
  const random = randomFloatNetwork('mobilenetv2-micro', classes.length, seededRandom(seed));
  const topology = makeTopology('mobilenetv2-micro', classes.length, style);
  const layers = random.layers.map((own, i) => ({ ...own, layer: topology.layers[i]! }));
  return { topology, layers, normalisation };
}

async function modelOf(network: FloatNetwork, widths: readonly number[] = [1]): Promise<Model> {
  const contents = await quantizeNetwork({
    network,
    images: new Map([[side, pictures]]),
    widths,
    resolutions: [side],
    bits: [8],
    description: {
      name: 'micro',
      classes,
      cropFraction: 1,
      provenance: { generator: 'a test', command: `seed ${seed}`, sources: [] },
    },
  });
  return openModel(readFrom(await writeModel(contents)));
}

function logitsOf(network: FloatNetwork): Float32Array {
  const program = new FloatProgram(network);
  const flat = Float32Array.from(pictures.flatMap((picture) => [...picture]));
  const logits = tf.tidy(() =>
    program.forward(tf.tensor4d(flat, [pictures.length, side, side, 3], 'int32')),
  );
  const values = logits.dataSync<'float32'>().slice();
  logits.dispose();
  program.dispose();
  return values;
}

function correlation(a: Float32Array, b: Float32Array): number {
  const mean = (values: Float32Array) => values.reduce((sum, value) => sum + value) / values.length;
  const [meanA, meanB] = [mean(a), mean(b)];
  const product = (x: Float32Array, mx: number, y: Float32Array, my: number) =>
    x.reduce((sum, value, i) => sum + (value - mx) * (y[i]! - my), 0);
  return (
    product(a, meanA, b, meanB) /
    Math.sqrt(product(a, meanA, a, meanA) * product(b, meanB, b, meanB))
  );
}

describe('a checkpoint of a model', () => {
  test.each([
    ['tensorflow', tensorflowNormalisation],
    ['torch', torchvisionNormalisation],
  ] as const)('of %s computes in floats what the model does in integers', async (style, norm) => {
    const network = networkOf(style, norm);
    const file = new Safetensors(
      await checkpointOfModel(await modelOf(network), { width: 1, resolution: side, bits: 8 }),
    );
    const read = readFloatNetwork('mobilenetv2-micro', file);
    expect(read.topology).toEqual(network.topology);
    expect(read.normalisation).toEqual(norm);
    expect(readClassNames(file.metadata)).toEqual(classes);
    // Eight bits of weights, and batch norm measured again on the same pictures, move logits a little.
    expect(correlation(logitsOf(read), logitsOf(network))).toBeGreaterThan(0.98);
  });

  test('is refused for a subnet that has only some of the channels', async () => {
    const model = await modelOf(networkOf('torch', torchvisionNormalisation), [1, 0.5]);
    const wanted = { width: 0.5, resolution: side, bits: 8 } as const;
    await expect(checkpointOfModel(model, wanted)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      expected: 'a subnet of width 1',
    });
  });

  test('is refused where pixels are normalised as in no checkpoint', async () => {
    const model = await modelOf(networkOf('torch', torchvisionNormalisation));
    const input = { ...model.manifest.input, zeroPoint: [1, 2, 3] as const };
    const strange: Model = { ...model, manifest: { ...model.manifest, input } };
    const wanted = { width: 1, resolution: side, bits: 8 } as const;
    await expect(checkpointOfModel(strange, wanted)).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      got: 'zero at 1, 2, 3',
    });
  });
});
