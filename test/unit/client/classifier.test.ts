import { afterEach, beforeEach, expect, test, vi } from 'vitest';
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
  const progress = { file: 'weights-8.bin', loadedBytes: 3, totalBytes: 9 };
  const { open: answer } = host.answers;
  host.answers.open = async (onProgress) => {
    await onProgress(progress);
    return answer(onProgress);
  };
  const onProgress = vi.fn();
  await open({ onProgress });
  expect(onProgress.mock.calls).toEqual([[{ phase: 'fetch', ...progress }]]);
});

test('the worker is asked for what the options say, with an absolute URL', async () => {
  await open({
    model: new URL('https://example.org/a/model.json'),
    backend: 'wasm',
    budget: { fps: 30 },
  });
  expect(host.openOptions).toEqual({
    modelUrl: 'https://example.org/a/model.json',
    backend: 'wasm',
    budget: { fps: 30 },
  });
});

test('a switch changes what is active, and tells from, to and why', async () => {
  const opened = await open();
  const events: unknown[] = [];
  opened.addEventListener('switch', ({ detail }) => events.push(detail));
  const from = opened.active;
  const to = { width: 1, resolution: 24, bits: 4 } as const;
  host.answers.change = () => ({ ok: true, value: { active: to, subnets: [] } });
  await opened.setBudget({ latencyMs: 5 });
  await opened.pin(to);
  expect(opened.active).toEqual(to);
  expect(events).toEqual([{ from, to, reason: 'budget' }]);
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
