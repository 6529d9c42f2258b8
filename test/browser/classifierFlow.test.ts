import { afterEach, beforeAll, expect, test, vi } from 'vitest';
import { openBackend } from '../../src/backends/open.ts';
import {
  type Budget,
  type BudgetDetail,
  type Classification,
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  type Pin,
  type Subnet,
  type SwitchDetail,
} from '../../src/index.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import { formatSubnet, sameSubnet } from '../../src/network/subnet.ts';
import { Session } from '../../src/runtime/session.ts';
import { topClasses } from '../../src/runtime/topClasses.ts';
import { openFixed, unknownSignals } from '../support/fixedClassifier.ts';
import { barsFrame } from '../support/testFrames.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

let classifier: Classifier;
afterEach(() => classifier.dispose());

const largest: Subnet = { width: 1, resolution: 32, bits: 8 };

function open(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  return createClassifier({ model: tinyModelPath('good'), signals: unknownSignals, ...options });
}

/** Runs frames until the subnet is what they run on. */
async function runUntil(wanted: Subnet): Promise<void> {
  await vi.waitFor(
    async () => {
      const { subnet } = await classifier.classify(imageData(barsFrame(1)));
      expect(subnet).toEqual(wanted);
    },
    { timeout: 30_000 },
  );
}

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
    classifier = await open({ backend });
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
      if (i % 50 === 30) {
        const budget: Budget = i % 100 === 30 ? { ceiling: { bits: 6 } } : { minAccuracy: 0.6 };
        switching.push(classifier.setBudget(budget));
      }
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
  classifier = await open();
  for (const { width, resolution, bits } of classifier.subnets) {
    await classifier.pin({ width, resolution, bits });
    expect(classifier.active).toEqual({ width, resolution, bits });
    const { subnet } = await classifier.classify(imageData(barsFrame(1)));
    expect(subnet).toEqual({ width, resolution, bits });
  }
  await classifier.pin({ bits: 4 });
  expect(classifier.active).toEqual({ width: 1, resolution: 32, bits: 4 });
  await classifier.pin('auto');
  expect(classifier.active).toEqual(largest);
});

test('classifying begins on the smallest weights, and richer ones take over', async () => {
  classifier = await open();
  const details: SwitchDetail[] = [];
  classifier.addEventListener('switch', ({ detail }) => details.push(detail));
  const first: Subnet = { width: 1, resolution: 32, bits: 4 };
  const { subnet } = await classifier.classify(imageData(barsFrame(1)));
  expect([first, largest]).toContainEqual(subnet);
  await runUntil(largest);
  for (const { from, to, reason, measuredMs } of details) {
    expect({ from, to, reason }).toEqual({ from: first, to: largest, reason: 'loaded' });
    expect(measuredMs).toBeGreaterThanOrEqual(0);
  }
  expect(classifier.stats.switches).toBe(details.length);
});

test('each switch is told with its first frame: where from, where to and why', async () => {
  classifier = await openFixed();
  const details: Partial<SwitchDetail>[] = [];
  classifier.addEventListener('switch', ({ detail: { from, to, reason } }) =>
    details.push({ from, to, reason }),
  );
  const small: Subnet = { width: 1, resolution: 24, bits: 8 };
  const frame = imageData(barsFrame(1));
  await classifier.classify(frame);
  details.length = 0;
  await classifier.pin(small);
  await classifier.classify(frame);
  await classifier.classify(frame);
  await classifier.setBudget({ minAccuracy: 0.1 });
  await classifier.pin(largest);
  await classifier.classify(frame);
  expect(details).toEqual([
    { from: largest, to: small, reason: 'pin' },
    { from: small, to: largest, reason: 'pin' },
  ]);
});

test('a latency that nothing meets is told, with the cheapest subnet and fewer frames', async () => {
  // Slow enough for the coarsest clock.
  classifier = await open({ backend: 'reference', budget: { latencyMs: 1e-3 } });
  const unmet: BudgetDetail[] = [];
  classifier.addEventListener('budget', ({ detail }) => unmet.push(detail));
  await vi.waitFor(
    async () => {
      await classifier.classify(imageData(barsFrame(1)));
      expect(unmet).toHaveLength(1);
    },
    { timeout: 30_000 },
  );
  expect(unmet[0]).toMatchObject({ unmet: 'latency', limitMs: 1e-3 });
  expect(classifier.stats.inBudget).toBe(0);
  await classifier.setBudget({});
  await runUntil(largest);
  expect(unmet.at(-1)).toMatchObject({ unmet: null });
});

test('a budget given at the start bounds which subnet opens', async () => {
  const budget = { latencyMs: 1000, minAccuracy: 0.75, ceiling: { bits: 6 } } as const;
  classifier = await open({ budget });
  const active = classifier.subnets.find((subnet) => sameSubnet(subnet, classifier.active))!;
  expect(active.accuracy!.top1).toBeGreaterThanOrEqual(0.75);
  expect(active.bits).toBeLessThanOrEqual(6);
});

test('without recorded accuracies the largest subnet is taken, and a minAccuracy is refused', async () => {
  classifier = await open({ model: tinyModelPath('noAccuracy') });
  await runUntil(largest);
  await expect(classifier.setBudget({ minAccuracy: 0.5 })).rejects.toMatchObject({
    code: 'INVALID_ARGUMENT',
  });
});

test('subnets are measured while frames flow', async () => {
  classifier = await open({ backend: 'reference' });
  await vi.waitFor(
    async () => {
      await classifier.classify(imageData(barsFrame(1)));
      const measured = classifier.subnets.filter(({ measuredMs }) => measuredMs !== null);
      expect(measured.length).toBeGreaterThan(2);
      for (const { measuredMs } of measured) expect(measuredMs).toBeGreaterThan(0);
    },
    { timeout: 30_000 },
  );
});

test('a hidden page holds its frames back until it is seen again', async () => {
  let see!: (isVisible: boolean) => void;
  const visible = (report: (value: boolean | null) => void) => {
    see = report;
    report(false);
    return () => {};
  };
  classifier = await open({ signals: { ...unknownSignals, visible } });
  let isDone = false;
  const held = classifier.classify(imageData(barsFrame(1))).finally(() => {
    isDone = true;
  });
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(isDone).toBe(false);
  see(true);
  await held;
});

test('the newest of many frames wins, those between are superseded', async () => {
  classifier = await open();
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
  for (const [frame, { value }] of [
    [frames[0]!, first!],
    [frames[9]!, last!],
  ] as const) {
    expect(value.classes).toEqual(await expectedClasses(frame, value.subnet));
  }
  // The first result came when all ten had been called already.
  expect(first!.value.dropped + last!.value.dropped).toBe(8);
  const { p50Ms, p95Ms, ...counts } = classifier.stats;
  expect(counts).toMatchObject({ frames: 2, dropped: 8, skipped: 0, inBudget: 1 });
  expect(p95Ms!).toBeGreaterThanOrEqual(p50Ms!);
});

test('a result says how long each part took', async () => {
  classifier = await open();
  const { timing } = await classifier.classify(await createImageBitmap(imageData(barsFrame(1))));
  expect(timing.inferenceMs).toBeGreaterThan(0);
  expect(timing.pixelsMs).toBeGreaterThanOrEqual(0);
  expect(timing.totalMs).toBeGreaterThanOrEqual(timing.pixelsMs + timing.inferenceMs);
});
