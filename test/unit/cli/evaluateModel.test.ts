import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import {
  type EvaluateOptions,
  type EvaluateProgress,
  evaluateModel,
  type PredictLogits,
} from '../../../src/cli/evaluateModel.ts';
import { formatEvaluation } from '../../../src/cli/formatEvaluation.ts';
import { Session } from '../../../src/runtime/session.ts';
import { type Dataset, readDataset } from '../../../src/training/node/dataset.ts';
import { seededRandom } from '../../support/random.ts';
import { colourFrame } from '../../support/tinyData.ts';
import { tinyEvaluation } from '../../support/tinyEvaluation.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

const seed = 4;
// More than one subnet sees in a turn.
const pictures = 36;
const folders = ['ant', 'bee', 'jay'] as const;

let dir: string;
let dataset: Dataset;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'rtfq-eval-'));
  const random = seededRandom(seed);
  for (let i = 0; i < pictures; i++) {
    const { data, width, height } = colourFrame(i % 3, 1, random);
    const path = join(dir, folders[i % 3]!, `${i}.png`);
    await mkdir(dirname(path), { recursive: true });
    const raw = { width, height, channels: 4 } as const;
    await sharp(Buffer.from(data), { raw }).png().toFile(path);
  }
  dataset = await readDataset(dir);
});
afterAll(() => rm(dir, { recursive: true, force: true }));

async function evaluate(options: Partial<EvaluateOptions> = {}) {
  const session = new Session(await openTinyModel({ seed }), openReferenceBackend());
  try {
    const subnets = session.subnets.filter(({ bits }) => bits !== 6);
    return await evaluateModel({ session, subnets, dataset, ...options });
  } finally {
    session.dispose();
  }
}

test(`every picture is counted once for every subnet, under its class (seed ${seed})`, async () => {
  const progress: EvaluateProgress[] = [];
  const subnets = await evaluate({ onProgress: (now) => void progress.push(now) });
  expect(subnets).toHaveLength(8);
  for (const { images, perClass, top1, top5, disagreement, macs, bitOps } of subnets) {
    expect(images).toBe(pictures);
    // Of the model's ten classes the data have the first two and the last.
    expect(perClass.map(({ total }) => total)).toEqual([12, 12, 0, 0, 0, 0, 0, 0, 0, 12]);
    const correct = perClass.reduce((sum, own) => sum + own.correct, 0);
    expect(top1).toBeCloseTo(correct / pictures, 12);
    expect(top5).toBeGreaterThanOrEqual(top1);
    expect(disagreement).toBeNull();
    expect(bitOps).toBeGreaterThan(macs);
  }
  const last = progress.at(-1)!;
  expect(last).toEqual({ pictures, picturesDone: pictures, leftMs: 0 });
  expect(progress.every(({ leftMs }) => leftMs >= 0)).toBe(true);
});

test('another implementation is asked about the same pictures, and differing labels are counted', async () => {
  let asked = 0;
  const compareWith: PredictLogits = async ({ resolution }, squares) => {
    expect(squares.every(({ length }) => length === resolution * resolution * 3)).toBe(true);
    asked += squares.length;
    return squares.map(() => new Float32Array(10));
  };
  const compared = await evaluate({ compareWith });
  const plain = await evaluate();
  expect(asked).toBe(8 * pictures);
  expect(compared.map(({ top1 }) => top1)).toEqual(plain.map(({ top1 }) => top1));
  // All logits equal stand for the first class: the others are the labels that differ.
  const labels = await evaluate({
    dataset: {
      ...dataset,
      images: dataset.images.map(({ path }) => ({ path, classIndex: 0 })),
    },
  });
  compared.forEach(({ disagreement }, i) => {
    expect(disagreement).toBeCloseTo(1 - labels[i]!.top1, 12);
  });
});

test('is stopped between two subnets', async () => {
  const controller = new AbortController();
  let calls = 0;
  const stopped = evaluate({
    signal: controller.signal,
    onProgress: () => {
      calls++;
      controller.abort();
    },
  });
  await expect(stopped).rejects.toMatchObject({ code: 'ABORTED' });
  expect(calls).toBe(1);
});

test('a broken picture is named', async () => {
  const images = [...dataset.images, { path: join(dir, 'none.png'), classIndex: 0 }];
  await expect(evaluate({ dataset: { ...dataset, images } })).rejects.toMatchObject({
    code: 'IMAGE_DECODE_FAILED',
    message: expect.stringContaining('none.png'),
  });
});

test('a table says what differs only where it was compared', () => {
  const evaluation = tinyEvaluation();
  expect(formatEvaluation(evaluation)).toContain('fake-quantized network: 0.00 %');
  const subnets = evaluation.subnets.map((subnet) => ({ ...subnet, disagreement: null }));
  const plain = formatEvaluation({ ...evaluation, step: null, disagreement: null, subnets });
  expect(plain).not.toContain('differ');
  expect(plain).toContain('1.0,24,8');
});
