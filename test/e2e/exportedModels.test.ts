import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readFilesFrom } from '../../src/cli/modelFiles.ts';
import { exportSubnet } from '../../src/export/exportSubnet.ts';
import { type Model, openModel } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { readDataset } from '../../src/training/node/dataset.ts';
import { decodeImage } from '../../src/training/node/images.ts';
import { compareOn } from '../support/exportedSubnet.ts';
import { LiteRt } from '../support/litert.ts';
import { runOnnx } from '../support/onnxPeer.ts';
import { randomFrame } from '../support/parity.ts';
import { agreementOf } from '../support/peerAgreement.ts';
import { sharedDir } from '../support/sharedData.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { openTinyResnet } from '../support/tinyResnet.ts';

const seed = 6;
const isThorough = process.env.RTFQ_THOROUGH === '1';
/** Every so many of the data set's 795 pictures. */
const pictureStride = isThorough ? 1 : 16;
/**
 * Share of the pictures whose first class is the same. Of few pictures, one may differ; at low resolution more
 * pictures hang in the balance.
 */
const leastAgreement = (side: number) => (isThorough && side >= 224 ? 0.99 : 0.98);
/** Mean difference of logits, in their standard deviations. A tiny network averages out little. */
const closeForTiny = 0.15;
const closeForWhole = 0.05;

let liteRt: LiteRt;
beforeAll(async () => {
  liteRt = await LiteRt.open();
});
afterAll(() => liteRt?.close());

describe(`LiteRT makes of an exported subnet what we do, but for rounding, seed ${seed}`, () => {
  const frames = [0, 1, 2].map((i) => randomFrame(70, 61, seed + i));
  const kinds: [string, () => Promise<Model>][] = [
    ['MobileNetV2', () => openTinyModel({ seed })],
    ['a ResNet of basic blocks', () => openTinyResnet('basic', 'hidden', seed)],
    ['a ResNet of bottlenecks', () => openTinyResnet('bottleneck', 'all', seed)],
  ];
  test.each(kinds)('each subnet of %s', async (_, open) => {
    const model = await open();
    for (const subnet of model.manifest.subnets) {
      const { images, logits } = await compareOn(model, subnet, frames, 'reference');
      const file = await exportSubnet(model, subnet, 'tflite');
      const theirs = await liteRt.run(file, subnet.resolution, images);
      const { meanDifference, deviation } = agreementOf(logits, theirs);
      expect(meanDifference / deviation, formatSubnet(subnet)).toBeLessThan(closeForTiny);
    }
  });
});

describe.skipIf(sharedDir === null)('the shipped model’s 8 bits on real pictures', async () => {
  const model = await openModel(readFilesFrom('models/office31-a2w-mobilenetv2'));
  const { subnets, resolutions } = model.manifest;
  const ends = [resolutions[0], resolutions.at(-1)];
  const compared = subnets.filter(
    ({ width, resolution, bits }) => width === 1 && bits === 8 && ends.includes(resolution),
  );
  test.each(compared.map((entry) => [formatSubnet(entry), entry] as const))(
    '%s: LiteRT and onnxruntime are close, and see the same',
    async (_, subnet) => {
      const { images: pictures } = await readDataset(join(sharedDir!, 'data/office31/webcam'));
      const chosen = pictures.filter((_, i) => i % pictureStride === 0);
      const frames = await Promise.all(chosen.map(({ path }) => decodeImage(path)));
      const { images, logits } = await compareOn(model, subnet, frames, 'wasm');
      const side = subnet.resolution;
      const [onnx, tflite] = [
        await exportSubnet(model, subnet, 'onnx'),
        await exportSubnet(model, subnet, 'tflite'),
      ];
      const peers = [await runOnnx(onnx, side, images), await liteRt.run(tflite, side, images)];
      for (const theirs of peers) {
        const agreement = agreementOf(logits, theirs);
        // The figures of docs/export.md: onnxruntime's, then LiteRT's.
        if (isThorough)
          process.stdout.write(`${formatSubnet(subnet)} ${JSON.stringify(agreement)}\n`);
        const { top1, meanDifference, deviation } = agreement;
        expect(meanDifference / deviation).toBeLessThan(closeForWhole);
        expect(top1).toBeGreaterThanOrEqual(leastAgreement(side));
      }
      const exact = await exportSubnet(model, subnet, 'onnxExact');
      expect(await runOnnx(exact, side, images.slice(0, 1))).toEqual(logits.slice(0, 1));
    },
  );
});
