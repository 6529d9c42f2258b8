import { fromBinary } from '@bufbuild/protobuf';
import { ModelProtoSchema } from 'onnx-buf';
import { describe, expect, it, test } from 'vitest';
import { exportSubnet } from '../../../src/export/exportSubnet.ts';
import type { Model } from '../../../src/model/reader.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { compareOn } from '../../support/exportedSubnet.ts';
import { runOnnx } from '../../support/onnxPeer.ts';
import { randomFrame } from '../../support/parity.ts';
import { agreementOf } from '../../support/peerAgreement.ts';
import { openTinyModel } from '../../support/tinyModel.ts';
import { openTinyResnet } from '../../support/tinyResnet.ts';

const seed = 6;
// A tiny network's few channels average out little of what is rounded otherwise.
const largestDeviations = 0.15;

const models: [string, () => Promise<Model>][] = [
  ['MobileNetV2', () => openTinyModel({ seed })],
  ['a ResNet of basic blocks', () => openTinyResnet('basic', 'hidden', seed)],
  ['a ResNet of bottlenecks', () => openTinyResnet('bottleneck', 'all', seed)],
];

describe(`onnxruntime and the reference, on each subnet, seed ${seed}`, () => {
  const frames = [0, 1].map((i) => randomFrame(70, 61, seed + i));
  it.each(models)('of %s: exact is exact, fast is close', async (_, open) => {
    const model = await open();
    for (const subnet of model.manifest.subnets) {
      const { images, logits } = await compareOn(model, subnet, frames, 'reference');
      const run = async (format: 'onnx' | 'onnxExact') =>
        runOnnx(await exportSubnet(model, subnet, format), subnet.resolution, images);
      expect(await run('onnxExact'), formatSubnet(subnet)).toEqual(logits);
      const { meanDifference, deviation } = agreementOf(logits, await run('onnx'));
      expect(meanDifference / deviation, formatSubnet(subnet)).toBeLessThan(largestDeviations);
    }
  });
});

test('the file names its input, its output and itself', async () => {
  const model = await openTinyModel();
  const [subnet] = model.manifest.subnets;
  const { graph, docString, producerName, opsetImport } = fromBinary(
    ModelProtoSchema,
    await exportSubnet(model, subnet!, 'onnx'),
  );
  expect(producerName).toBe('rtfq');
  expect(docString).toContain(formatSubnet(subnet!));
  expect(opsetImport.map(({ domain }) => domain)).toEqual(['']);
  expect(graph!.input.map(({ name }) => name)).toEqual(['image']);
  expect(graph!.output.map(({ name }) => name)).toEqual(['logits']);
  const written = [...graph!.node.flatMap(({ output }) => output), 'image'];
  expect(new Set(written).size).toBe(written.length);
  const known = new Set([...written, ...graph!.initializer.map(({ name }) => name), '']);
  expect(graph!.node.flatMap(({ input }) => input).filter((name) => !known.has(name))).toEqual([]);
});

test('a subnet that the model does not have is refused', async () => {
  const model = await openTinyModel();
  const subnet = { width: 1, resolution: 33, bits: 8 } as const;
  await expect(exportSubnet(model, subnet, 'onnx')).rejects.toMatchObject({
    code: 'UNKNOWN_SUBNET',
  });
});
