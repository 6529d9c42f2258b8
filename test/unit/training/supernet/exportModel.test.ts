import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../../src/backends/reference/backend.ts';
import type { RgbaFrame } from '../../../../src/kernels/resize/contract.ts';
import { openModel } from '../../../../src/model/reader.ts';
import { type ModelContents, writeModel } from '../../../../src/model/writer.ts';
import { formatSubnet, type Subnet } from '../../../../src/network/subnet.ts';
import { Session } from '../../../../src/runtime/session.ts';
import type { PartialRecipe } from '../../../../src/training/recipe/recipe.ts';
import { randomStream } from '../../../../src/training/sandwich/randomStream.ts';
import { allSubnets, sampleSubnets } from '../../../../src/training/sandwich/sampling.ts';
import { sandwichStep, type Trainee } from '../../../../src/training/sandwich/step.ts';
import {
  calibrateSubnets,
  type StatisticsBySubnet,
} from '../../../../src/training/supernet/calibrate.ts';
import { exportModel } from '../../../../src/training/supernet/exportModel.ts';
import { imageTensor } from '../../../../src/training/supernet/imageTensor.ts';
import { predictLogits } from '../../../../src/training/supernet/predict.ts';
import { readFrom } from '../../../support/randomModel.ts';
import { randomPictures } from '../../../support/tinyFloatNetwork.ts';
import {
  openTrainingBackend,
  tinyBatch,
  tinyClasses,
  tinyRecipe,
  tinyTrainee,
} from '../../../support/tinyTrainee.ts';

const seed = 8;
// Machines that do other things as well take several times as long as an idle one.
const { resolutions } = tinyRecipe();
const subnets = allSubnets(tinyRecipe());
const images = new Map(resolutions.map((side) => [side, randomPictures(12, side, seed)]));

beforeAll(openTrainingBackend);

interface Exported {
  readonly trainee: Trainee;
  readonly statistics: StatisticsBySubnet;
  readonly contents: ModelContents;
}

/** Trained a little, so that nothing is as it was initialised; calibrated; exported. */
async function trainAndExport(steps: number, partial: PartialRecipe = {}): Promise<Exported> {
  const recipe = tinyRecipe(partial);
  const trainee = await tinyTrainee(recipe, seed);
  for (let step = 0; step < steps; step++) {
    const batch = tinyBatch(recipe, step);
    const drawn = sampleSubnets(recipe, randomStream(seed, 'subnets', step));
    await sandwichStep(trainee, recipe, batch, { subnets: drawn, rateFactor: 1 });
  }
  const { supernet } = trainee;
  const statistics = await calibrateSubnets(supernet, { subnets, images, batch: 6 });
  const contents = exportModel({
    shape: supernet.shape,
    values: await supernet.values(),
    resolutions,
    statistics,
    description: {
      name: 'tiny',
      classes: Array.from({ length: tinyClasses }, (_, i) => `class ${i}`),
      provenance: { generator: 'a test', command: `seed ${seed}`, sources: [] },
      cropFraction: 1,
    },
  });
  return { trainee, statistics, contents };
}

interface Agreement {
  readonly pictures: number;
  /** Share of pictures with the same top class. */
  readonly sameClass: number;
  /** Share of pictures whose logits are all the same. */
  readonly equal: number;
}

/** The exported model, in integers, against the fake-quantized supernet. */
async function compare(exported: Exported, picturesPerSubnet: number): Promise<Agreement> {
  const { trainee, statistics, contents } = exported;
  const model = await openModel(readFrom(await writeModel(contents)));
  const session = new Session(model, openReferenceBackend());
  let sameClass = 0;
  let equal = 0;
  for (const subnet of subnets) {
    const side = subnet.resolution;
    const pictures = randomPictures(picturesPerSubnet, side, seed + side);
    const fake = await predictLogits(trainee.supernet, subnet, pictures, {
      statistics: statistics.get(formatSubnet(subnet))!,
      batch: 8,
    });
    for (const [i, picture] of pictures.entries()) {
      const { logits } = await session.runOnce(subnet, frameOf(picture, side));
      const error = Math.max(...logits.map((value, c) => Math.abs(value - fake[i]![c]!)));
      expect(error).not.toBeNaN();
      if (topClass(logits) === topClass(fake[i]!)) sameClass++;
      if (error === 0) equal++;
    }
  }
  const pictures = subnets.length * picturesPerSubnet;
  return { pictures, sameClass: sameClass / pictures, equal: equal / pictures };
}

function frameOf(picture: Uint8Array, side: number): RgbaFrame {
  const data = new Uint8Array(side * side * 4);
  picture.forEach((value, i) => {
    data[4 * Math.floor(i / 3) + (i % 3)] = value;
  });
  return { data, width: side, height: side };
}

function topClass(logits: Float32Array): number {
  return logits.indexOf(Math.max(...logits));
}

describe(`an exported model (seed ${seed})`, () => {
  test('computes in integers what the fake-quantized supernet computes, subnet by subnet', async () => {
    const agreement = await compare(await trainAndExport(3), 20);
    expect(agreement.pictures).toBe(240);
    expect(agreement.sameClass).toBe(1);
    expect(agreement.equal).toBe(1);
  });

  test('does so where widths slice all channels and nothing is pinned', async () => {
    const exported = await trainAndExport(1, {
      slicing: { channels: 'all' },
      pinnedBits: { depthwise: null, signedInputs: null },
    });
    const agreement = await compare(exported, 4);
    expect(agreement.sameClass).toBe(1);
    expect(agreement.equal).toBe(1);
  });

  test('is described as the format wants it', async () => {
    const { contents } = await trainAndExport(0);
    expect(contents.subnets).toHaveLength(12);
    expect(contents.input.zeroPoint).toEqual([124, 116, 104]);
    const depthwise = contents.weights.get('same.depthwise')!;
    expect('weightsOhwi' in depthwise).toBe(true);
    expect(contents.weights.get('same.project')).toHaveLength(3);
    const [eight, six, four] = contents.subnets.map(({ cost }) => cost.bitOps);
    expect(eight).toBeGreaterThan(six!);
    expect(six).toBeGreaterThan(four!);
  });
});

describe('calibration', () => {
  test('of one batch gives the supernet the outputs that the batch itself would', async () => {
    const { supernet } = await tinyTrainee(tinyRecipe(), seed);
    const subnet: Subnet = { width: 0.5, resolution: 16, bits: 4 };
    const pictures = images.get(16)!;
    const calibrated = await calibrateSubnets(supernet, { subnets: [subnet], images, batch: 12 });
    const fixed = await predictLogits(supernet, subnet, pictures, {
      statistics: calibrated.get(formatSubnet(subnet))!,
      batch: 12,
    });
    const batch = tf.tidy(() =>
      supernet.forward(subnet, imageTensor(pictures, 16)).logits.dataSync<'float32'>(),
    );
    const differences = fixed.flatMap((logits, i) =>
      [...logits].map((value, c) => Math.abs(value - batch[i * tinyClasses + c]!)),
    );
    const median = differences.sort((a, b) => a - b)[differences.length >> 1]!;
    expect(median).toBeLessThan(1e-3);
  });

  test('joins the statistics of batches of different sizes', async () => {
    const { supernet } = await tinyTrainee(tinyRecipe(), seed);
    const stemOf = async (batch: number) => {
      const own = await calibrateSubnets(supernet, { subnets: [subnets[0]!], images, batch });
      return [...own.values()][0]!.get('stem')!;
    };
    const [whole, parts] = [await stemOf(12), await stemOf(5)];
    whole.mean.forEach((mean, c) => {
      const deviation = Math.sqrt(whole.variance[c]!);
      expect(Math.abs(parts.mean[c]! - mean) / deviation).toBeLessThan(1e-4);
      expect(parts.variance[c]! / whole.variance[c]!).toBeCloseTo(1, 3);
    });
  });

  test('needs pictures at every resolution', async () => {
    const { supernet } = await tinyTrainee(tinyRecipe(), seed);
    const options = { subnets, images: new Map([[24, randomPictures(1, 24, 1)]]), batch: 4 };
    await expect(calibrateSubnets(supernet, options)).rejects.toThrow(/none at resolution 16/);
  });
});
