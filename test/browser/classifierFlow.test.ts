import { afterEach, beforeAll, expect, test } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import {
  type Classification,
  type Classifier,
  createClassifier,
  type Pin,
  type Subnet,
  type SwitchDetail,
} from '../../src/index.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { formatSubnet, sameSubnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import { barsFrame } from '../support/testFrames.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

let classifier: Classifier;
afterEach(() => classifier.dispose());

let oracle: Session;
beforeAll(async () => {
  oracle = new Session(await openTinyModel(), await openBackend('reference'));
});

const topK = 10;

function imageData({ data, width, height }: RgbaFrame): ImageData {
  return new ImageData(new Uint8ClampedArray(data), width, height);
}

async function expectedClasses(
  frame: RgbaFrame,
  subnet: Subnet,
): Promise<Classification['classes']> {
  const { logits } = await oracle.runOnce(subnet, frame);
  return topClasses(logits, oracle.model.manifest.classes, topK);
}

for (const backend of ['reference', 'wasm'] as const) {
  test(`switching subnets while 200 frames flow loses and mixes up none (${backend})`, async () => {
    classifier = await createClassifier({ model: tinyModelPath('good'), backend });
    const pins: readonly Pin[] = [
      { bits: 4 },
      { resolution: 24 },
      { width: 0.5, resolution: 32, bits: 6 },
      'auto',
      { width: 0.5 },
      { bits: 6, resolution: 24 },
    ];
    const seen = new Set<string>();
    const switching: Promise<void>[] = [];
    for (let i = 0; i < 200; i++) {
      if (i % 9 === 4) switching.push(classifier.pin(pins[Math.floor(i / 9) % pins.length]!));
      if (i % 50 === 30) switching.push(classifier.setBudget({ latencyMs: 0.001 + i / 100 }));
      const frame = barsFrame(i);
      const result = await classifier.classify(imageData(frame), { topK });
      seen.add(formatSubnet(result.subnet));
      expect(result.classes, `frame ${i}`).toEqual(await expectedClasses(frame, result.subnet));
    }
    await Promise.all(switching);
    expect(classifier.stats).toMatchObject({ frames: 200, dropped: 0 });
    expect(seen.size).toBeGreaterThan(2);
  });
}

test('a resolved pin holds from the next frame on', async () => {
  classifier = await createClassifier({ model: tinyModelPath('good') });
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 8 });
  for (const { width, resolution, bits } of classifier.subnets) {
    await classifier.pin({ width, resolution, bits });
    expect(classifier.active).toEqual({ width, resolution, bits });
    const { subnet } = await classifier.classify(imageData(barsFrame(1)));
    expect(subnet).toEqual({ width, resolution, bits });
  }
  await classifier.pin({ bits: 4 });
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 4 });
  await classifier.pin('auto');
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 8 });
});

test('each switch is told once, with where from and where to', async () => {
  classifier = await createClassifier({ model: tinyModelPath('good') });
  const details: SwitchDetail[] = [];
  classifier.addEventListener('switch', ({ detail }) => details.push(detail));
  const largest: Subnet = { width: 1, resolution: 32, bits: 8 };
  const small: Subnet = { width: 1, resolution: 24, bits: 8 };
  await classifier.pin({ resolution: 24 });
  await classifier.pin(small);
  await classifier.setBudget({ minAccuracy: 0.1 });
  await classifier.pin('auto');
  expect(details).toEqual([
    { from: largest, to: small, reason: 'pin' },
    { from: small, to: largest, reason: 'pin' },
  ]);
  expect(classifier.stats.switches).toBe(2);
});

test('a latency that nothing meets takes the fastest measured subnet, an easy one the best', async () => {
  // Slow enough for the coarsest clock.
  classifier = await createClassifier({ model: tinyModelPath('good'), backend: 'reference' });
  await classifier.setBudget({ fps: 0.01 });
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 8 });
  expect(classifier.subnets.filter(({ measuredMs }) => measuredMs !== null)).toHaveLength(1);

  await classifier.setBudget({ latencyMs: 1e-6 });
  const measured = classifier.subnets.map(({ measuredMs }) => measuredMs!);
  const active = classifier.subnets.find((subnet) => sameSubnet(subnet, classifier.active))!;
  expect(active.measuredMs).toBe(Math.min(...measured));
  expect(Math.min(...measured)).toBeGreaterThan(0);

  await classifier.setBudget({});
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 8 });
});

test('a budget given at the start decides which subnet opens', async () => {
  classifier = await createClassifier({
    model: tinyModelPath('good'),
    budget: { latencyMs: 1e-6, minAccuracy: 0.75 },
  });
  const active = classifier.subnets.find((subnet) => sameSubnet(subnet, classifier.active))!;
  expect(active.accuracy!.top1).toBeGreaterThanOrEqual(0.75);
  expect(active.measuredMs).not.toBeNull();
});

test('without recorded accuracies the largest subnet opens, and a minAccuracy is refused', async () => {
  classifier = await createClassifier({ model: tinyModelPath('noAccuracy') });
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 8 });
  await expect(classifier.setBudget({ minAccuracy: 0.5 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('the newest of many frames wins, those between are superseded', async () => {
  classifier = await createClassifier({ model: tinyModelPath('good') });
  const frames = Array.from({ length: 10 }, (_, i) => barsFrame(100 + i));
  const outcomes = await Promise.allSettled(
    frames.map((frame) => classifier.classify(imageData(frame), { topK })),
  );
  expect(outcomes.map(({ status }) => status === 'fulfilled')).toEqual(
    frames.map((_, i) => i === 0 || i === 9),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject({ code: 'SUPERSEDED' });
  }
  const [first, last] = [outcomes[0], outcomes[9]] as PromiseFulfilledResult<Classification>[];
  expect(first!.value.classes).toEqual(await expectedClasses(frames[0]!, classifier.active));
  expect(last!.value.classes).toEqual(await expectedClasses(frames[9]!, classifier.active));
  // The first result came when all ten had been called already.
  expect(first!.value.dropped + last!.value.dropped).toBe(8);
  const { p50Ms, p95Ms, ...counts } = classifier.stats;
  expect(counts).toEqual({ frames: 2, dropped: 8, switches: 0 });
  expect(p95Ms!).toBeGreaterThanOrEqual(p50Ms!);
});

test('a result says how long each part took', async () => {
  classifier = await createClassifier({ model: tinyModelPath('good') });
  const { timing } = await classifier.classify(await createImageBitmap(imageData(barsFrame(1))));
  expect(timing.inferenceMs).toBeGreaterThan(0);
  expect(timing.pixelsMs).toBeGreaterThanOrEqual(0);
  expect(timing.totalMs).toBeGreaterThanOrEqual(timing.pixelsMs + timing.inferenceMs);
});
