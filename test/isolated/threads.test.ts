import { afterEach, describe, expect, it } from 'vitest';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import { openWasmBackend, type WasmOptions } from '../../src/backends/wasm/backend.ts';
import { fetchModelFrom } from '../../src/download/fetchModel.ts';
import type { Classifier } from '../../src/index.ts';
import { type Model, openModel } from '../../src/model/reader.ts';
import { formatSubnet } from '../../src/network/subnet.ts';
import { openSession, type ReplacedBackend } from '../../src/runtime/index.ts';
import { Session } from '../../src/runtime/session.ts';
import { openFixed } from '../support/fixedClassifier.ts';
import { caseFrame, layerCases } from '../support/layerCases.ts';
import { compareTraces, compareWithReference, randomFrame, runTraced } from '../support/parity.ts';
import { seededRandom } from '../support/random.ts';
import { openRandomModel } from '../support/randomModel.ts';
import { barsFrame } from '../support/testFrames.ts';
import { openTinyModel } from '../support/tinyModel.ts';
import { openTinyResnet } from '../support/tinyResnet.ts';

const createThread = () =>
  new Worker(new URL('../../src/worker/main.ts', import.meta.url), { type: 'module' });

// So short that every layer is cut as finely as it can be.
const cutsAll: WasmOptions = { createThread, leastPartMicroseconds: 1e-6 };
const builds = ['relaxed', 'simd128'] as const;
const cases = builds.flatMap((simd) => [1, 2, 3].map((threads) => ({ simd, threads })));

/** Runs a subnet, and the same on one thread of plain TypeScript. */
async function expectExact(model: Model, options: WasmOptions, frameSeed: number): Promise<void> {
  const backend = await openWasmBackend(options);
  expect(backend.threads).toEqual({ count: options.threads, reason: null });
  const frame = randomFrame(70, 61, frameSeed);
  try {
    for (const entry of model.manifest.subnets) {
      const difference = await compareWithReference(backend, model, entry, frame);
      expect(difference, formatSubnet(entry)).toBeNull();
    }
  } finally {
    backend.dispose();
  }
}

describe('a cross-origin isolated page', () => {
  it('is what these tests run in', () => {
    expect(crossOriginIsolated).toBe(true);
  });
});

describe.each(cases)('$simd on $threads threads equals the reference to the bit', (options) => {
  it('on all subnets of a network', async () => {
    await expectExact(await openTinyModel(), { ...cutsAll, ...options }, 7);
  });

  it('on all subnets of a ResNet', async () => {
    const model = await openTinyResnet('bottleneck', 'all', 4);
    await expectExact(model, { ...cutsAll, ...options }, 4);
  });

  it('on layers of boundary shapes', async () => {
    const backend = await openWasmBackend({ ...cutsAll, ...options });
    try {
      for (const { name, model: shape } of layerCases(100, 2000)) {
        const layer = await openRandomModel(shape);
        const [entry] = layer.manifest.subnets;
        const difference = await compareWithReference(
          backend,
          layer,
          entry!,
          caseFrame(shape.seed),
        );
        expect(difference, name).toBeNull();
        backend.unloadPack('shared');
        backend.unloadPack(entry!.bits);
      }
    } finally {
      backend.dispose();
    }
  });
});

describe('the shipped model on threads', async () => {
  const modelUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;
  const model = await openModel(fetchModelFrom(modelUrl));
  const { subnets, bits } = model.manifest;
  const largest = bits.map((one) => subnets.find((subnet) => subnet.bits === one)!);

  it.each(largest)('equals the reference to the bit in every layer: $bits bit', async (entry) => {
    const frame = randomFrame(320, 240, 3);
    const expected = await runTraced(openReferenceBackend(), model, entry, frame);
    for (const threads of [1, 2, 3]) {
      const backend = await openWasmBackend({ createThread, threads });
      const got = await runTraced(backend, model, entry, frame);
      backend.dispose();
      expect(compareTraces(got, expected), `${threads} threads`).toBeNull();
    }
  });

  it('switches at random without a difference to one thread', async () => {
    const one = new Session(model, await openWasmBackend());
    const three = new Session(model, await openWasmBackend({ createThread, threads: 3 }));
    const random = seededRandom(11);
    for (let i = 0; i < 60; i++) {
      const subnet = subnets[Math.floor(random() * subnets.length)]!;
      const frame = randomFrame(96 + (i % 7), 72 + (i % 5), i);
      await one.switchTo(subnet);
      await three.switchTo(subnet);
      const { logits } = await three.run(frame);
      expect(logits, `frame ${i}, ${formatSubnet(subnet)}`).toEqual((await one.run(frame)).logits);
    }
    one.dispose();
    three.dispose();
  });
});

describe('a thread that fails', () => {
  it('costs its help and nothing else where it is dead', async () => {
    const dying = () =>
      new Worker(new URL('../support/dyingThread.ts', import.meta.url), { type: 'module' });
    await expectExact(await openTinyModel(), { ...cutsAll, threads: 2, createThread: dying }, 7);
  });

  it('costs a replacement of the backend, and no frame, where it does not come back', async () => {
    const hanging = () =>
      new Worker(new URL('../support/hangingThread.ts', import.meta.url), { type: 'module' });
    const modelUrl = new URL('/models/office31-a2w-mobilenetv2/model.json', location.href).href;
    const model = await openModel(fetchModelFrom(modelUrl));
    const replacements: ReplacedBackend[] = [];
    const { session } = await openSession(model, 'wasm', {
      threads: 2,
      createThread: hanging,
      onReplaced: (replaced) => replacements.push(replaced),
    });
    const alone = new Session(model, await openWasmBackend());
    const [subnet] = model.manifest.subnets;
    await session.switchTo(subnet!);
    await alone.switchTo(subnet!);
    // Long enough for the thread to come back after all, into the memory that was given up.
    const endMs = performance.now() + 6000;
    for (let i = 0; performance.now() < endMs; i++) {
      const frame = randomFrame(100, 80, i);
      const { logits } = await session.run(frame);
      expect(logits, `frame ${i}`).toEqual((await alone.run(frame)).logits);
      await new Promise((resolve) => setTimeout(resolve));
    }
    expect(replacements).toMatchObject([
      {
        from: 'wasm',
        to: { name: 'wasm', threads: { count: 1 } },
        reason: { code: 'DEVICE_LOST' },
      },
    ]);
    session.dispose();
    alone.dispose();
  });

  it('is done without where its script cannot be loaded', async () => {
    const missing = () => new Worker('/nothing-here.js', { type: 'module' });
    const { threads } = await openWasmBackend({ threads: 2, createThread: missing });
    expect(threads).toEqual({ count: 1, reason: expect.stringContaining('could not be started') });
  });
});

// A browser ends a busy worker only after some time; one that sleeps looks up twice a second.
const patience = { timeout: 20_000 };

describe('threads end', () => {
  const createLocking = () =>
    new Worker(new URL('../support/lockingThread.ts', import.meta.url), { type: 'module' });

  async function living(): Promise<number> {
    const { held = [] } = await navigator.locks.query();
    return held.filter(({ name }) => name?.startsWith('thread ')).length;
  }

  it('when their classifier is disposed of', async () => {
    const options = { backend: 'wasm', threads: 3, createWorker: createLocking } as const;
    const classifier = await openFixed(options);
    await expect.poll(living, patience).toBe(3);
    await classifier.dispose();
    await expect.poll(living, patience).toBe(0);
  });

  it('when their session on the page is disposed of', async () => {
    const options = { threads: 3, createThread: createLocking };
    const { session } = await openSession(await openTinyModel(), 'wasm', options);
    await expect.poll(living, patience).toBe(2);
    session.dispose();
    await expect.poll(living, patience).toBe(0);
  });
});

describe('a classifier', () => {
  let classifier: Classifier | null = null;
  afterEach(() => classifier?.dispose());

  it('takes a thread for each core, up to four, and classifies as one does', async () => {
    classifier = await openFixed({ backend: 'wasm' });
    const count = Math.min(4, navigator.hardwareConcurrency);
    expect(classifier.capabilities).toMatchObject({
      crossOriginIsolated: true,
      threads: { count, reason: null },
      description: expect.stringContaining(`${count} threads`),
    });
    const bars = barsFrame(3, 64, 48);
    const image = new ImageData(Uint8ClampedArray.from(bars.data), 64, 48);
    const { classes } = await classifier.classify(image);
    await classifier.dispose();
    classifier = await openFixed({ backend: 'wasm', threads: 1 });
    expect(classifier.capabilities.threads).toEqual({ count: 1, reason: null });
    expect((await classifier.classify(image)).classes).toEqual(classes);
  });
});
