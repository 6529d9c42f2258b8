import { afterEach, expect, test } from 'vitest';
import {
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  type LoadProgress,
} from '../../src/index.ts';
import { outcomesOf } from '../support/outcomes.ts';
import { barsFrame } from '../support/testFrames.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

let classifier: Classifier | undefined;
let worker: Worker | undefined;
afterEach(async () => {
  await classifier?.dispose();
  worker?.terminate();
  classifier = worker = undefined;
});

function makeWorker(): Worker {
  worker = new Worker(new URL('../../src/worker/main.ts', import.meta.url), { type: 'module' });
  return worker;
}

async function open(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  classifier = await createClassifier({ model: tinyModelPath('good'), ...options });
  return classifier;
}

function frame(seed: number): ImageData {
  const { data, width, height } = barsFrame(seed);
  return new ImageData(new Uint8ClampedArray(data), width, height);
}

test('a worker that is killed rejects what is pending and all that follows', async () => {
  const opened = await open({ createWorker: makeWorker });
  const pending = [
    opened.classify(frame(1)),
    opened.classify(frame(2)),
    opened.pin({ bits: 4 }),
    opened.setBudget({ latencyMs: 1e-6 }),
  ];
  worker!.terminate();
  expect(await outcomesOf(pending)).toEqual(pending.map(() => 'WORKER_DIED'));
  const later = [opened.classify(frame(3)), opened.pin('auto')];
  expect(await outcomesOf(later)).toEqual(['WORKER_DIED', 'WORKER_DIED']);
  await opened.dispose();
});

test('a worker that is killed while the model loads rejects the opening', async () => {
  const { promise: loading, resolve } = promiseWithResolver();
  const opening = open({
    model: tinyModelPath('stalled'),
    createWorker: makeWorker,
    onProgress: resolve,
  });
  await loading;
  worker!.terminate();
  await expect(opening).rejects.toMatchObject({ code: 'WORKER_DIED' });
});

test('a worker script that is not there rejects the opening with a hint', async () => {
  await expect(open({ workerUrl: '/__tiny-model/missing/worker.js' })).rejects.toMatchObject({
    code: 'WORKER_DIED',
    hint: expect.stringContaining('workerUrl'),
  });
  await expect(open({ workerUrl: 'https://elsewhere.invalid/worker.js' })).rejects.toMatchObject({
    code: 'WORKER_DIED',
  });
});

test('an error that nothing in the worker catches ends the classifier and is named', async () => {
  const script = new Blob(['throw new Error("boom")'], { type: 'text/javascript' });
  const createWorker = () => new Worker(URL.createObjectURL(script));
  await expect(open({ createWorker })).rejects.toMatchObject({
    code: 'WORKER_DIED',
    got: expect.stringContaining('boom'),
  });
});

test('the worker can be named by its URL', async () => {
  const workerUrl = new URL('../../src/worker/main.ts?worker_file&type=module', import.meta.url);
  const opened = await open({ workerUrl });
  expect((await opened.classify(frame(1))).classes).toHaveLength(5);
});

test('progress counts each byte of each file', async () => {
  const events: LoadProgress[] = [];
  await open({ backend: 'wasm', onProgress: (progress) => events.push(progress) });
  // What comes later comes beside the frames.
  const opening = events.filter(({ phase }) => phase === 'open');
  const last = new Map(opening.map((progress) => [progress.file, progress]));
  expect([...last.keys()].sort()).toEqual([
    'model.json',
    expect.stringMatching(/^table-/),
    'weights-4.bin',
    'weights-shared.bin',
  ]);
  for (const { phase, file, loadedBytes, totalBytes } of last.values()) {
    expect(phase).toBe('open');
    if (file !== 'model.json') expect(loadedBytes).toBe(totalBytes);
  }
});

test('aborting while the model loads rejects and ends the worker', async () => {
  const controller = new AbortController();
  const { promise: loading, resolve } = promiseWithResolver();
  let isTerminated = false;
  const opening = open({
    model: tinyModelPath('stalled'),
    signal: controller.signal,
    createWorker: () => {
      const made = makeWorker();
      const terminate = made.terminate.bind(made);
      made.terminate = () => {
        isTerminated = true;
        terminate();
      };
      return made;
    },
    onProgress: ({ file }) => file === 'weights-4.bin' && resolve(),
  });
  await loading;
  controller.abort();
  await expect(opening).rejects.toMatchObject({ code: 'ABORTED' });
  expect(isTerminated).toBe(true);
});

test('an aborted signal stops the opening before there is a worker', async () => {
  const createWorker = (): Worker => {
    throw new Error('no worker was to be made');
  };
  await expect(open({ signal: AbortSignal.abort(), createWorker })).rejects.toMatchObject({
    code: 'ABORTED',
  });
});

test('an aborted frame rejects at once and the frames after it are classified', async () => {
  const opened = await open();
  const running = new AbortController();
  const waiting = new AbortController();
  const first = opened.classify(frame(1), { signal: running.signal });
  const second = opened.classify(frame(2), { signal: waiting.signal });
  running.abort();
  waiting.abort();
  const third = opened.classify(frame(3), { signal: AbortSignal.abort() });
  expect(await outcomesOf([first, second, third])).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  const result = await opened.classify(frame(4));
  expect(result.dropped).toBe(0);
  expect(opened.stats).toMatchObject({ frames: 1, dropped: 0 });
});

test('disposing rejects what is pending, may be repeated, and nothing works afterwards', async () => {
  const opened = await open();
  const pending = [opened.classify(frame(1)), opened.classify(frame(2)), opened.pin({ bits: 4 })];
  const disposals = [opened.dispose(), opened.dispose()];
  expect(await outcomesOf(pending)).toEqual(pending.map(() => 'DISPOSED'));
  await Promise.all(disposals);
  await opened[Symbol.asyncDispose]();
  await expect(opened.classify(frame(3))).rejects.toMatchObject({ code: 'DISPOSED' });
  await expect(opened.setBudget({})).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('disposing while a pin fetches weights rejects the pin', async () => {
  const opened = await open();
  const pinning = opened.pin({ bits: 6 });
  await opened.dispose();
  await expect(pinning).rejects.toMatchObject({ code: 'DISPOSED' });
});

const badModels = [
  ['missing', 'MODEL_FETCH_FAILED', { got: 'HTTP 404 Not Found' }],
  ['page', 'MODEL_FETCH_FAILED', { got: 'content type text/html' }],
  ['corrupted', 'MODEL_INTEGRITY', { got: expect.stringMatching(/^SHA-256 [0-9a-f]{64}$/) }],
  ['truncated', 'MODEL_INTEGRITY', { got: expect.stringMatching(/^\d+ bytes$/) }],
  ['overlong', 'MODEL_INTEGRITY', { got: expect.stringMatching(/^more than \d+ bytes$/) }],
  ['cut', 'MODEL_FETCH_FAILED', { hint: expect.stringContaining('connection') }],
] as const;

for (const [variant, code, details] of badModels) {
  test(`a model that is ${variant} fails as ${code} with its details`, async () => {
    // What an earlier test kept, by the hash of the same file, would do.
    const opening = open({ model: tinyModelPath(variant), cache: false });
    await expect(opening).rejects.toMatchObject({
      name: 'RtfqError',
      code,
      ...details,
    });
  });
}

test('a server that announces more than it has does no harm', async () => {
  const opened = await open({ model: tinyModelPath('liar'), cache: false });
  await opened.pin({ bits: 8 });
  expect((await opened.classify(frame(1))).classes).toHaveLength(5);
});

test('a server that stops in the middle, for good, is given up after half a minute', async () => {
  const opening = open({ model: tinyModelPath('stalled'), cache: false });
  await expect(opening).rejects.toMatchObject({
    code: 'MODEL_FETCH_FAILED',
    got: 'no byte for 30 s',
  });
});

test('a server that does not answer fails as MODEL_FETCH_FAILED', async () => {
  const elsewhere = {
    model: 'http://localhost:9/model.json',
    integrity: `sha256-${'A'.repeat(43)}=`,
  };
  await expect(open(elsewhere)).rejects.toMatchObject({
    code: 'MODEL_FETCH_FAILED',
    hint: expect.stringContaining('CORS'),
  });
});

test('a pin that no subnet matches is refused, names the subnets, and changes nothing', async () => {
  const opened = await open();
  await opened.pin({ width: 1, resolution: 24, bits: 4 });
  const before = opened.active;
  await expect(opened.pin({ resolution: 31 })).rejects.toMatchObject({
    code: 'UNKNOWN_SUBNET',
    expected: expect.stringContaining('1.0,32,8'),
  });
  expect(opened.active).toEqual(before);
  await opened.setBudget({ minAccuracy: 0.1 });
  expect(opened.active).toEqual(before);
});

function promiseWithResolver(): { promise: Promise<void>; resolve: () => void } {
  let resolve!: () => void;
  const promise = new Promise<void>((given) => {
    resolve = given;
  });
  return { promise, resolve };
}
