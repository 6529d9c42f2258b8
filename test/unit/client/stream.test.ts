import { beforeEach, expect, test, vi } from 'vitest';
import {
  type Classification,
  type Classifier,
  type ClassifierOptions,
  createClassifier,
  type LiveFrames,
  type TensorImage,
} from '../../../src/index.ts';
import { FakeWorker, ScriptedHost } from '../../support/fakeWorker.ts';
import { outcomesOf } from '../../support/outcomes.ts';

let host: ScriptedHost;
let classifier: Classifier;

beforeEach(async () => {
  host = new ScriptedHost();
  classifier = await open();
});

function open(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  return createClassifier({
    model: 'https://example.org/model.json',
    createWorker: () => new FakeWorker(host) as unknown as Worker,
    ...options,
  });
}

/** A picture of one pixel, told apart by its red. */
function pixel(red: number): TensorImage {
  return { shape: [1, 1, 3], dtype: 'int32', data: async () => [red, 0, 0] };
}

/** Gives a picture whenever one is asked for, as a file that is decoded. */
class Pictures {
  asked = 0;
  isLeft = false;

  async *[Symbol.asyncIterator](): AsyncGenerator<TensorImage, void, void> {
    try {
      for (;;) yield pixel(++this.asked);
    } finally {
      this.isLeft = true;
    }
  }
}

async function received(count: number): Promise<void> {
  await vi.waitFor(() => expect(host.received).toHaveLength(count));
}

async function answerNext(stream: AsyncGenerator<Classification, void, void>, count: number) {
  const next = stream.next();
  await received(count);
  host.received[count - 1]!.answer();
  return next;
}

test('frame after frame is asked for, when the loop asks for its result and not before', async () => {
  const pictures = new Pictures();
  const stream = classifier.stream(pictures, { topK: 3 });
  expect(pictures.asked).toBe(0);
  for (let i = 1; i <= 3; i++) {
    expect((await answerNext(stream, i)).value).toMatchObject({ dropped: 0 });
    expect(pictures.asked).toBe(i);
  }
  expect(host.received.map(({ topK }) => topK)).toEqual([3, 3, 3]);
});

test('leaving the loop ends the source’s iterator', async () => {
  const pictures = new Pictures();
  const stream = classifier.stream(pictures);
  await answerNext(stream, 1);
  await stream.return();
  expect(pictures.isLeft).toBe(true);
});

test('a source that ends ends the loop', async () => {
  const stream = classifier.stream(
    (async function* () {
      yield pixel(1);
    })(),
  );
  await answerNext(stream, 1);
  expect(await stream.next()).toEqual({ done: true, value: undefined });
});

test('what the source throws is what the loop throws', async () => {
  const failure = new Error('the camera caught fire');
  const stream = classifier.stream({
    [Symbol.asyncIterator]: () => ({ next: () => Promise.reject(failure) }),
  });
  await expect(stream.next()).rejects.toBe(failure);
});

test('an abort ends the loop at once, whether the source, the pace or the worker keeps it waiting', async () => {
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => {}) }) };
  const held = await open();
  const forever = { active: held.active, paceMs: Number.POSITIVE_INFINITY };
  host.answers.change = () => ({ ok: true, value: forever });
  await held.setBudget({});
  const controller = new AbortController();
  const { signal } = controller;
  const waiting = [
    classifier.stream(silent, { signal }).next(),
    held.stream(new Pictures(), { signal }).next(),
    classifier.stream(new Pictures(), { signal }).next(),
  ];
  await received(1);
  controller.abort();
  expect(await outcomesOf(waiting)).toEqual(['ABORTED', 'ABORTED', 'ABORTED']);
  expect(await outcomesOf([classifier.stream(new Pictures(), { signal }).next()])).toEqual([
    'ABORTED',
  ]);
});

test('the classifier’s end is told to the loop, and ends the source’s iterator', async () => {
  const pictures = new Pictures();
  const next = classifier.stream(pictures).next();
  await received(1);
  await classifier.dispose();
  await expect(next).rejects.toMatchObject({ code: 'DISPOSED' });
  expect(pictures.isLeft).toBe(true);
});

test.each([
  ['DISPOSED', (ending: Classifier) => void ending.dispose()],
  [
    'WORKER_DIED',
    (_: Classifier, worker: FakeWorker) => worker.dispatchEvent(new Event('messageerror')),
  ],
] as const)(
  '%s is told at once where the source or the pace keeps the loop waiting',
  async (code, end) => {
    const worker = new FakeWorker(host);
    const ending = await open({ createWorker: () => worker as unknown as Worker });
    const never = () => new Promise<never>(() => {});
    // Its end waits for the frame that was asked for, as a generator's does.
    const silent = { next: vi.fn(never), return: vi.fn(never) };
    const source = { [Symbol.asyncIterator]: () => silent };
    const pictures = new Pictures();
    const waiting = [ending.stream(source).next()];
    await vi.waitFor(() => expect(silent.next).toHaveBeenCalled());
    const forever = { active: ending.active, paceMs: Number.POSITIVE_INFINITY };
    host.answers.change = () => ({ ok: true, value: forever });
    await ending.setBudget({});
    waiting.push(ending.stream(pictures).next());
    end(ending, worker);
    expect(await outcomesOf(waiting)).toEqual([code, code]);
    expect(silent.return).toHaveBeenCalledOnce();
    expect(pictures.asked).toBe(0);
  },
);

test('calls of classify come first; the stream then asks for a frame that is fresh', async () => {
  const calls = [classifier.classify(pixel(1)), classifier.classify(pixel(2))];
  await received(1);
  const pictures = new Pictures();
  const next = classifier.stream(pictures).next();
  host.received[0]!.answer();
  await received(2);
  expect(pictures.asked).toBe(0);
  host.received[1]!.answer();
  await received(3);
  host.received[2]!.answer();
  expect((await next).done).toBe(false);
  expect(await outcomesOf(calls)).toEqual(['ok', 'ok']);
});

test('a frame whose place another call took is passed over', async () => {
  let bring!: () => void;
  const pictures = new Pictures();
  const slow = {
    async *[Symbol.asyncIterator]() {
      await new Promise<void>((resolve) => {
        bring = resolve;
      });
      yield* pictures;
    },
  };
  const next = classifier.stream(slow).next();
  await vi.waitFor(() => expect(bring).toBeDefined());
  const first = classifier.classify(pixel(1));
  bring();
  await vi.waitFor(() => expect(pictures.asked).toBe(1));
  await received(1);
  const other = classifier.classify(pixel(2));
  host.received[0]!.answer();
  expect(await first).toMatchObject({ dropped: 1 });
  await received(2);
  host.received[1]!.answer();
  await other;
  await received(3);
  host.received[2]!.answer();
  expect((await next).done).toBe(false);
  expect(pictures.asked).toBe(2);
});

test('what a live source drops counts as dropped while the worker is busy, and as skipped while the budget holds', async () => {
  const frames: LiveFrames<TensorImage> & { dropped: number } = {
    dropped: 0,
    intervalMs: 20,
    release: vi.fn(),
    next: async () => ({ done: false, value: pixel(1) }),
    [Symbol.asyncIterator]: () => frames,
  };
  const stream = classifier.stream(frames);
  expect((await answerNext(stream, 1)).value).toMatchObject({ dropped: 0 });
  expect(host.received[0]!.intervalMs).toBe(20);
  expect(frames.release).toHaveBeenCalledOnce();

  frames.dropped = 3;
  expect((await answerNext(stream, 2)).value).toMatchObject({ dropped: 3 });
  expect(classifier.stats).toMatchObject({ dropped: 3, skipped: 0 });

  host.answers.change = () => ({ ok: true, value: { active: classifier.active, paceMs: 1e9 } });
  await classifier.setBudget({});
  frames.dropped = 4;
  const next = stream.next();
  await Promise.resolve();
  frames.dropped = 9;
  host.answers.change = () => ({ ok: true, value: { active: classifier.active, paceMs: 0 } });
  await classifier.setBudget({});
  await received(3);
  host.received[2]!.answer();
  expect((await next).value).toMatchObject({ dropped: 6 });
  expect(classifier.stats).toMatchObject({ dropped: 4, skipped: 5 });
});

test('smoothing averages over the frames of a stream, by their times; each stream begins anew', async () => {
  let nowMs = 1000;
  classifier = await open({ clock: () => nowMs });
  const average = Float64Array.of(0.5, 0.5);
  const stream = classifier.stream(new Pictures(), { smoothingMs: 200 });
  for (let i = 0; i < 2; i++) {
    const next = stream.next();
    await received(i + 1);
    host.received[i]!.answer({ average });
    await next;
    nowMs += 40;
  }
  void classifier.stream(new Pictures(), { smoothingMs: 100 }).next();
  await received(3);
  const [first, second, other] = host.received.map(({ smoothing }) => smoothing);
  expect(first).toMatchObject({ average: null, timeConstantMs: 200 });
  expect(second).toEqual({ average, elapsedMs: 40, timeConstantMs: 200 });
  expect(other).toMatchObject({ average: null, timeConstantMs: 100 });
});

test('without smoothing the worker is asked for none', async () => {
  await answerNext(classifier.stream(new Pictures()), 1);
  expect(host.received[0]!.smoothing).toBeNull();
});

test.each([
  ['topK', { topK: 0 }],
  ['time constant', { smoothingMs: 0 }],
])('a wrong %s is refused before the loop begins', (field, options) => {
  expect(() => classifier.stream(new Pictures(), options)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', message: expect.stringContaining(field) }),
  );
});

test('what gives no frames is refused, with what would', () => {
  for (const source of [null, {}, [pixel(1)]]) {
    expect(() => classifier.stream(source as unknown as AsyncIterable<TensorImage>)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        expected: expect.stringMatching(/camera/),
      }),
    );
  }
});
