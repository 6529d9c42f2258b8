import { expect, test } from 'vitest';
import { encodeFloatOnnx } from '../../../bench/float/encodeFloatOnnx.ts';
import { floatGraph } from '../../../bench/float/floatGraph.ts';
import type { Model } from '../../../src/model/reader.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { compareOn } from '../../support/exportedSubnet.ts';
import { runOnnx } from '../../support/onnxPeer.ts';
import { randomFrame } from '../../support/parity.ts';
import { agreementOf } from '../../support/peerAgreement.ts';
import { openTinyModel } from '../../support/tinyModel.ts';
import { openTinyResnet } from '../../support/tinyResnet.ts';

const seed = 6;
// Floats are neither rounded nor saturated, of which a tiny network averages out little. Logits that have
// nothing to do with each other are apart by more than 1.
const largestDeviations = 0.3;

const models: [string, () => Promise<Model>][] = [
  ['MobileNetV2', () => openTinyModel({ seed })],
  ['a ResNet of bottlenecks', () => openTinyResnet('bottleneck', 'all', seed)],
];

test.each(models)(
  `%s in f32 is the network that we run in integers, seed ${seed}`,
  async (_, open) => {
    const model = await open();
    const frames = [0, 1].map((i) => randomFrame(70, 61, seed + i));
    for (const subnet of model.manifest.subnets.filter(({ bits }) => bits === 8)) {
      const { images, logits } = await compareOn(model, subnet, frames, 'reference');
      const file = encodeFloatOnnx(await floatGraph(model, subnet));
      const theirs = await runOnnx(file, subnet.resolution, images);
      const { meanDifference, deviation } = agreementOf(logits, theirs);
      expect(meanDifference / deviation, formatSubnet(subnet)).toBeLessThan(largestDeviations);
    }
  },
);
