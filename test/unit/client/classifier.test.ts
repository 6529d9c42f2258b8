import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { type BatteryReading, unknownSignals } from '../../../src/budget/signals.ts';
import {
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  RtfqError,
  type TensorImage,
} from '../../../src/index.ts';
import { FakeWorker, ScriptedHost } from '../../support/fakeWorker.ts';
import { outcomesOf } from '../../support/outcomes.ts';

let host: ScriptedHost;
let worker: FakeWorker;
let classifier: Classifier | undefined;

beforeEach(() => {
  host = new ScriptedHost();
  worker = new FakeWorker(host);
});
afterEach(() => {
  worker.terminate();
  vi.unstubAllGlobals();
});

async function open(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  classifier = await createClassifier({
    model: 'https://example.org/model.json',
    createWorker: () => worker as unknown as Worker,
    ...options,
  });
  return classifier;
}

/** A picture of one pixel, told apart by its red. */
function pixel(red: number): TensorImage {
  return { shape: [1, 1, 3], dtype: 'int32', data: async () => [red, 0, 0] };
}

function reds(): number[] {
  return host.received.map(({ frame }) => ('data' in frame ? frame.data[0]! : Number.NaN));
}

async function received(count: number): Promise<void> {
  await vi.waitFor(() => expect(host.received).toHaveLength(count));
}

test('one frame runs, one waits, and the newest takes the waiting one’s place', async () => {
  const opened = await open();
  const calls = [1, 2, 3, 4].map((red) => opened.classify(pixel(red), { topK: red }));
  expect(await outcomesOf(calls.slice(1, 3))).toEqual(['SUPERSEDED', 'SUPERSEDED']);
  await received(1);
  expect(reds()).toEqual([1]);
  host.received[0]!.answer();
  expect(await calls[0]).toMatchObject({ dropped: 2 });
  await received(2);
  expect(reds()).toEqual([1, 4]);
  expect(host.received[1]!.topK).toBe(4);
  host.received[1]!.answer();
  expect(await calls[3]).toMatchObject({ dropped: 0 });
  expect(opened.stats).toMatchObject({ frames: 2, dropped: 2, switches: 0 });
});

test('a frame that is aborted while it waits is never sent, and is not counted as dropped', async () => {
  const opened = await open();
  const controller = new AbortController();
  const first = opened.classify(pixel(1));
  const waiting = opened.classify(pixel(2), { signal: controller.signal });
  await received(1);
  controller.abort(new Error('enough'));
  await expect(waiting).rejects.toMatchObject({ code: 'ABORTED' });
  const third = opened.classify(pixel(3));
  host.received[0]!.answer();
  await first;
  await received(2);
  host.received[1]!.answer();
  await third;
  expect(reds()).toEqual([1, 3]);
  expect(opened.stats.dropped).toBe(0);
});

test('a frame that fails in the worker keeps its code and details, and the next one runs', async () => {
  const opened = await open();
  const failing = opened.classify(pixel(1));
  const next = opened.classify(pixel(2));
  await received(1);
  const error = new RtfqError('OUT_OF_MEMORY', 'too large', {
    got: 'much',
    expected: 'less',
    hint: 'wait',
  });
  host.received[0]!.answer({ ok: false, error: error.serialize() });
  await expect(failing).rejects.toMatchObject({ ...error, message: error.message });
  await received(2);
  host.received[1]!.answer();
  await next;
});

test('a frame that cannot be captured does not hold up the others', async () => {
  const opened = await open();
  const bad = opened.classify({ ...pixel(1), data: () => Promise.reject(new Error('lost')) });
  const good = opened.classify(pixel(2));
  await expect(bad).rejects.toMatchObject({ code: 'INTERNAL', message: 'lost' });
  await received(1);
  host.received[0]!.answer();
  await good;
});

test('a frame whose capture hangs does not hold up the others once it is aborted', async () => {
  const opened = await open();
  const controller = new AbortController();
  const hanging = opened.classify(
    { ...pixel(1), data: () => new Promise(() => {}) },
    { signal: controller.signal },
  );
  const next = opened.classify(pixel(2));
  controller.abort();
  await expect(hanging).rejects.toMatchObject({ code: 'ABORTED' });
  await received(1);
  host.received[0]!.answer();
  await next;
});

test('a page that is not served securely, and so has no Web Locks, opens all the same', async () => {
  vi.stubGlobal('navigator', {});
  vi.stubGlobal('crypto', {});
  const holdLock = vi.spyOn(host, 'holdLock');
  await open();
  expect(holdLock).not.toHaveBeenCalled();
});

test('each worker is watched over under a name of its own', async () => {
  vi.stubGlobal('navigator', { locks: {} });
  const holdLock = vi.spyOn(host, 'holdLock');
  await open();
  worker.terminate();
  worker = new FakeWorker(host);
  await open();
  const names = (holdLock.mock.calls as unknown[][]).map(([name]) => name);
  expect(new Set(names).size).toBe(2);
  for (const name of names) expect(name).toMatch(/^rtfq-worker-\d+/);
});

test('a worker that reports an error or an unreadable message counts as dead', async () => {
  for (const event of [
    Object.assign(new Event('error'), { message: 'boom', filename: 'w.js', lineno: 1 }),
    new Event('messageerror'),
  ]) {
    worker = new FakeWorker(host);
    const opened = await open();
    const pending = opened.classify(pixel(1));
    worker.dispatchEvent(event);
    await expect(pending).rejects.toMatchObject({ code: 'WORKER_DIED' });
    await expect(opened.classify(pixel(2))).rejects.toMatchObject({ code: 'WORKER_DIED' });
    expect(worker.isTerminated).toBe(true);
  }
});

test('a failed opening ends the worker', async () => {
  const error = new RtfqError('MODEL_FORMAT', 'no model').serialize();
  host.answers.open = () => ({ ok: false, error });
  await expect(open()).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  expect(worker.isTerminated).toBe(true);
});

test('aborting the opening ends the worker; aborting later does nothing', async () => {
  const late = new AbortController();
  await open({ signal: late.signal });
  late.abort();
  expect(worker.isTerminated).toBe(false);

  worker = new FakeWorker(host);
  const early = new AbortController();
  host.answers.open = () => {
    early.abort();
    return new Promise(() => {});
  };
  await expect(open({ signal: early.signal })).rejects.toMatchObject({ code: 'ABORTED' });
  expect(worker.isTerminated).toBe(true);
});

test('progress reaches the page', async () => {
  const progress = {
    phase: 'open',
    file: 'weights-8.bin',
    loadedBytes: 3,
    cachedBytes: 0,
    totalBytes: 9,
  } as const;
  const { open: answer } = host.answers;
  host.answers.open = async (listener) => {
    await listener({ kind: 'progress', progress });
    return answer(listener);
  };
  const onProgress = vi.fn();
  await open({ onProgress });
  expect(onProgress.mock.calls).toEqual([[progress]]);
});

test('the worker is asked for what the options say, with an absolute URL', async () => {
  await open({
    model: new URL('https://example.org/a/model.json'),
    backend: 'wasm',
    threads: 2,
    budget: { fps: 30 },
    cache: false,
  });
  expect(host.openOptions).toEqual({
    modelUrl: 'https://example.org/a/model.json',
    integrity: null,
    backend: 'wasm',
    threads: 2,
    budget: { fps: 30 },
    signals: unknownSignals,
    cache: false,
  });
});

test('a switch changes what is active, and tells from, to and why', async () => {
  const opened = await open();
  const events: unknown[] = [];
  opened.addEventListener('switch', ({ detail }) => events.push(detail));
  const from = opened.active;
  const to = { width: 1, resolution: 24, bits: 4 } as const;
  host.answers.change = () => ({ ok: true, value: { active: to, paceMs: 0 } });
  await opened.setBudget({ latencyMs: 5 });
  expect(opened.active).toEqual(to);
  expect(events).toEqual([]);
  const classified = opened.classify(pixel(1));
  await received(1);
  const switched = { from, to, reason: 'budget', predictedMs: null, measuredMs: 3 } as const;
  host.received[0]!.answer({ active: to, subnet: to, switched });
  const result = await classified;
  expect(result.subnet).toEqual(to);
  expect(events).toEqual([switched]);
  expect(opened.stats.switches).toBe(1);
});

test('without workers there is a clear refusal', async () => {
  await expect(createClassifier({ model: 'https://example.org/model.json' })).rejects.toMatchObject(
    {
      code: 'WORKER_DIED',
      hint: expect.stringContaining('browser'),
    },
  );
});

test('a backend that another one replaces is told as an event, and joins the refused ones', async () => {
  const opened = await open();
  const events: unknown[] = [];
  opened.addEventListener('backend', ({ detail }) => events.push(detail));
  const error = new RtfqError('BACKEND_UNAVAILABLE', 'webgpu computes wrongly').serialize();
  const passedOver = [{ name: 'wasm', reason: 'no SIMD' }] as const;
  await host.listener({
    kind: 'backend',
    replaced: {
      from: 'webgpu',
      to: 'tfjs',
      description: 'floats',
      threads: null,
      error,
      passedOver,
    },
  });
  expect(events).toEqual([{ from: 'webgpu', to: 'tfjs', reason: expect.objectContaining(error) }]);
  expect(opened.capabilities).toMatchObject({
    backend: 'tfjs',
    description: 'floats',
    refused: [{ name: 'webgpu', reason: 'webgpu computes wrongly' }, ...passedOver],
  });
});

test('what happens in the worker beside the calls is told as events', async () => {
  const opened = await open();
  const events: unknown[] = [];
  opened.addEventListener('budget', ({ detail }) => events.push(detail));
  opened.addEventListener('loaderror', ({ detail }) => events.push(detail));
  const unmet = { unmet: 'latency', limitMs: 5, predictedMs: 9 } as const;
  const error = new RtfqError('MODEL_FETCH_FAILED', 'gone').serialize();
  await host.listener({ kind: 'budget', detail: unmet });
  await host.listener({ kind: 'loadError', error, retryMs: 1000 });
  const active = { width: 1, resolution: 24, bits: 8 } as const;
  await host.listener({ kind: 'loaded', active });
  expect(events).toEqual([
    unmet,
    { error: expect.objectContaining({ name: 'RtfqError', ...error }), retryMs: 1000 },
  ]);
  expect(opened.active).toEqual(active);
});

test('frames that the budget leaves out wait for their time; those they replace count as skipped', async () => {
  let nowMs = 0;
  const opened = await open({ clock: () => nowMs });
  const first = opened.classify(pixel(1));
  await received(1);
  host.received[0]!.answer({ paceMs: Number.POSITIVE_INFINITY });
  await first;
  nowMs = 1000;
  const held = [2, 3].map((red) => opened.classify(pixel(red)));
  expect(await outcomesOf(held.slice(0, 1))).toEqual(['SUPERSEDED']);
  expect(opened.stats).toMatchObject({ dropped: 0, skipped: 1 });
  expect(host.received).toHaveLength(1);
  // Seen again, say: frames may come as often as they like.
  await opened.setBudget({});
  await received(2);
  host.received[1]!.answer();
  expect(await held[1]).toMatchObject({ dropped: 1 });
});

test('a frame that is held back is let go when the classifier ends', async () => {
  const opened = await open();
  host.answers.change = () => ({
    ok: true,
    value: { active: opened.active, paceMs: Number.POSITIVE_INFINITY },
  });
  await opened.setBudget({});
  const held = opened.classify(pixel(1));
  await opened.dispose();
  await expect(held).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('statistics tell how many of the frames met the budget, and what each subnet took', async () => {
  let nowMs = 0;
  const opened = await open({ clock: () => nowMs });
  expect(opened.stats).toMatchObject({ frames: 0, p50Ms: null, inBudget: null, perSubnet: [] });
  for (const [i, inferenceMs] of [4, 6, 8, 20].entries()) {
    const classified = opened.classify(pixel(i));
    await received(i + 1);
    nowMs += 30;
    host.received[i]!.answer({ inferenceMs, limitMs: 10 });
    await classified;
  }
  expect(opened.stats).toMatchObject({
    frames: 4,
    p50Ms: 30,
    p95Ms: 30,
    inBudget: 0.75,
    perSubnet: [{ subnet: opened.active, frames: 4, busyMs: 42 }],
  });
  expect(host.received.at(-1)!.intervalMs).toBe(30);
});

test('signals are relayed to the worker as they change, until the end', async () => {
  let report!: (value: BatteryReading | null) => void;
  const end = vi.fn();
  const battery = (given: typeof report) => {
    report = given;
    report({ charging: true, level: 1 });
    return end;
  };
  const signals = {
    battery,
    visible: () => () => {},
    pressure: 'unknown',
    saveData: 'unknown',
  } as const;
  const opened = await open({ signals });
  expect(host.openOptions!.signals).toEqual({
    ...unknownSignals,
    battery: { charging: true, level: 1 },
  });
  report({ charging: false, level: 0.5 });
  report({ charging: false, level: 0.4 });
  await vi.waitFor(() => expect(host.signals).toHaveLength(1));
  expect(host.signals[0]).toMatchObject({ battery: { charging: false, level: 0.4 } });
  // What is no reading is unknown.
  report({ charging: false, level: Number.NaN });
  await vi.waitFor(() => expect(host.signals).toHaveLength(2));
  expect(host.signals[1]).toEqual(unknownSignals);
  await opened.dispose();
  await vi.waitFor(() => expect(end).toHaveBeenCalledOnce());
  report(null);
  await new Promise((resolve) => setTimeout(resolve));
  expect(host.signals).toHaveLength(2);
});

test('what subnets are expected to take is known once one was measured', async () => {
  const entry = (resolution: number, macs: number) => ({
    width: 1,
    resolution,
    bits: 8 as const,
    table: { file: `table-${resolution}.bin`, sizeBytes: 1, sha256: '' },
    cost: { macs, bitOps: 64 * macs, weightBytes: 1 },
    measuredMs: null,
  });
  const subnets = [entry(32, 19e6), entry(24, 9e6)];
  host.answers.open = () => {
    const capabilities = {
      backend: 'wasm',
      description: '',
      refused: [],
      cacheProblems: [],
      crossOriginIsolated: false,
      threads: null,
    };
    const { width, resolution, bits } = subnets[0]!;
    const active = { width, resolution, bits };
    const value = { active, paceMs: 0, subnets, classes: [], cropFraction: 1, capabilities };
    return { ok: true, value };
  };
  const opened = await open();
  expect(opened.expectedMs).toBeNull();
  await host.listener({ kind: 'measured', measuredMs: [4, null] });
  // By the multiply-adds, with a millisecond in ten million for what does not depend on them.
  expect(opened.expectedMs).toEqual([4, expect.closeTo((4 * 1.9) / 2.9, 9)]);
  await host.listener({ kind: 'measured', measuredMs: [4, 3] });
  expect(opened.expectedMs).toEqual([4, 3]);
});
