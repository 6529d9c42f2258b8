import { afterEach, describe, expect, test, vi } from 'vitest';
import {
  type Budget,
  type Classifier,
  type ClassifierOptions,
  createClassifier,
} from '../../src/index.ts';
import {
  makeFaultyWorker,
  type WatchedUse,
  type WorkerFaults,
} from '../support/faultyWorker/faults.ts';
import { openFixed, unknownSignals } from '../support/fixedClassifier.ts';
import { outcomesOf } from '../support/outcomes.ts';
import { seededRandom } from '../support/random.ts';
import { barsFrame } from '../support/testFrames.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

const opened: Classifier[] = [];
afterEach(async () => {
  await Promise.all(opened.splice(0).map((classifier) => classifier.dispose()));
});

async function open(options: Partial<ClassifierOptions> = {}): Promise<Classifier> {
  const model = tinyModelPath('good');
  const classifier = await createClassifier({ model, signals: unknownSignals, ...options });
  opened.push(classifier);
  return classifier;
}

function openFaulty(faults: WorkerFaults, options: Partial<ClassifierOptions> = {}) {
  return open({ backend: 'wasm', createWorker: () => makeFaultyWorker(faults), ...options });
}

function frame(seed: number, width = 48, height = 40): ImageData {
  const { data } = barsFrame(seed, width, height);
  return new ImageData(new Uint8ClampedArray(data), width, height);
}

describe('a browser that gives no more memory', () => {
  test('fails the opening as OUT_OF_MEMORY where the model does not fit', async () => {
    const model = '/models/office31-a2w-mobilenetv2/model.json';
    await expect(openFaulty({ memoryPages: 16 }, { model })).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
      hint: expect.stringContaining('smaller model'),
    });
  });

  test('fails the frame that is too large, and no frame after it', async () => {
    const classifier = await openFaulty({ memoryPages: 24 });
    const expected = (await classifier.classify(frame(1))).classes;
    await expect(classifier.classify(frame(2, 1280, 960))).rejects.toMatchObject({
      code: 'OUT_OF_MEMORY',
    });
    await classifier.pin(classifier.active);
    expect((await classifier.classify(frame(1))).classes).toHaveLength(expected.length);
  });

  test('refuses what it has no room for, and goes on with what it has', async () => {
    // Just enough for some subnets: a page more each time, until one opens.
    for (let memoryPages = 2; ; memoryPages++) {
      const classifier = await openFaulty({ memoryPages }).catch(() => null);
      const first = await classifier?.classify(frame(1)).catch(() => null);
      if (!classifier || !first) continue;
      const pins = classifier.subnets.map(({ width, resolution, bits }) =>
        classifier.pin({ width, resolution, bits }),
      );
      const outcomes = new Set(await outcomesOf(pins));
      outcomes.delete('ok');
      expect([...outcomes]).toEqual(['OUT_OF_MEMORY']);
      expect((await classifier.classify(frame(1))).classes).toHaveLength(5);
      return;
    }
  });
});

test('two classifiers keep apart, whatever either does, and each outlives the other', async () => {
  const pins = [
    { width: 1, resolution: 32, bits: 8 },
    { width: 0.5, resolution: 24, bits: 4 },
  ] as const;
  const alone = await openFixed();
  opened.push(alone);
  const expected: unknown[][] = [];
  for (const pin of pins) {
    await alone.pin(pin);
    expected.push([]);
    for (let i = 0; i < 20; i++) {
      expected.at(-1)!.push((await alone.classify(frame(i))).classes);
    }
  }
  const both = await Promise.all(pins.map(() => open({ backend: 'wasm' })));
  await Promise.all(both.map((classifier, k) => classifier.pin(pins[k]!)));
  for (let i = 0; i < 20; i++) {
    const results = await Promise.all(both.map((classifier) => classifier.classify(frame(i))));
    expect(results.map(({ classes }) => classes)).toEqual(expected.map((classes) => classes[i]));
  }
  const pending = both[1]!.classify(frame(7));
  await both[0]!.dispose();
  expect((await pending).classes).toEqual(expected[1]![7]);
  await expect(both[0]!.classify(frame(1))).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('a clock that leaps by hours in the worker and on the page changes no answer and stops nothing', async () => {
  const calm = await openFixed();
  opened.push(calm);
  const random = seededRandom(2);
  const jumpMs = 3_600_000;
  const clock = () => performance.now() + jumpMs * (2 * random() - 1);
  const shaken = await openFaulty({ clockJumpMs: jumpMs }, { clock });
  const subnet = { width: 1, resolution: 32, bits: 8 } as const;
  await shaken.pin(subnet);
  for (let i = 0; i < 20; i++) {
    const { classes } = await shaken.classify(frame(i));
    expect(classes).toEqual((await calm.classify(frame(i))).classes);
  }
  await shaken.pin('auto');
  await shaken.setBudget({ latencyMs: 20, frameShare: 0.5 });
  for (let i = 0; i < 20; i++) await shaken.classify(frame(i));
  for (const value of [shaken.stats.p50Ms, shaken.stats.inBudget]) expect(value).not.toBeNaN();
});

test('opening that is aborted after each word of the worker in turn ends it, as ABORTED', async () => {
  let points = 0;
  for (let isOpen = false; !isOpen; points++) {
    const controller = new AbortController();
    let steps = 0;
    let isTerminated = false;
    const step = () => {
      steps += 1;
      if (steps === points) controller.abort();
    };
    const createWorker = () => {
      const worker = makeFaultyWorker({});
      worker.addEventListener('message', step);
      const terminate = worker.terminate.bind(worker);
      worker.terminate = () => {
        isTerminated = true;
        terminate();
      };
      return worker;
    };
    const { signal } = controller;
    const opening = open({ createWorker, backend: 'wasm', signal, onProgress: step });
    if (points === 0) controller.abort();
    const [outcome] = await outcomesOf([opening]);
    isOpen = outcome === 'ok';
    expect([outcome, isTerminated]).toEqual(isOpen ? ['ok', false] : ['ABORTED', true]);
  }
  expect(points).toBeGreaterThan(4);
});

describe('setBudget and pin', () => {
  const budget: Budget = { ceiling: { bits: 6 } };
  const pin = { width: 0.5, resolution: 24, bits: 4 } as const;
  const change = (classifier: Classifier) =>
    outcomesOf([classifier.setBudget(budget), classifier.pin(pin)]);

  test('hold at once while richer weights are on their way', async () => {
    const classifier = await open();
    expect(await change(classifier)).toEqual(['ok', 'ok']);
    expect((await classifier.classify(frame(1))).subnet).toEqual(pin);
  });

  test('hold from the next frame on while one runs and one waits', async () => {
    const classifier = await open();
    const frames = [classifier.classify(frame(1)), classifier.classify(frame(2))];
    expect(await change(classifier)).toEqual(['ok', 'ok']);
    expect(await outcomesOf(frames)).toEqual(['ok', 'ok']);
    expect((await classifier.classify(frame(3))).subnet).toEqual(pin);
  });

  test('are taken on a hidden page, and hold when it is seen again', async () => {
    let report: (visible: boolean) => void = () => {};
    const visible = (tell: (value: boolean) => void) => {
      report = tell;
      tell(true);
      return () => {};
    };
    const classifier = await open({ signals: { ...unknownSignals, visible } });
    await classifier.classify(frame(1));
    report(false);
    await Promise.resolve(); // signals that come together are told together
    await classifier.pin('auto'); // after the signal, on the same way
    const waiting = classifier.classify(frame(2));
    expect(await change(classifier)).toEqual(['ok', 'ok']);
    let isDone = false;
    void waiting.then(() => {
      isDone = true;
    });
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(isDone).toBe(false);
    report(true);
    expect((await waiting).subnet).toEqual(pin);
  });

  test('given again and again without waiting, the last of each holds', async () => {
    const classifier = await open();
    const wishes = classifier.subnets.flatMap(({ width, resolution, bits }) => [
      classifier.setBudget({ ceiling: { bits } }),
      classifier.pin({ width, resolution }),
    ]);
    const outcomes = await outcomesOf([
      ...wishes,
      classifier.pin('auto'),
      classifier.setBudget(budget),
      classifier.setBudget(budget),
      classifier.pin(pin),
      classifier.pin(pin),
    ]);
    expect(new Set(outcomes)).toEqual(new Set(['ok']));
    expect((await classifier.classify(frame(1))).subnet).toEqual(pin);
  });

  test('hold while a lost GPU device is replaced under a frame, and no frame is lost', async () => {
    const deviceLossAs = 'rtfq-device-loss';
    const channel = new BroadcastChannel(deviceLossAs);
    const lose = () =>
      new Promise<number>((resolve) => {
        channel.onmessage = ({ data }) => resolve(data);
        channel.postMessage('lose');
      });
    const classifier = await openFaulty({ deviceLossAs }, { backend: 'webgpu' });
    const replaced: string[] = [];
    classifier.addEventListener('backend', ({ detail }) =>
      replaced.push(`${detail.from}: ${detail.reason.code}`),
    );
    await classifier.classify(frame(1));
    const losing = lose();
    const pending = [classifier.classify(frame(2)), classifier.classify(frame(3))];
    expect(await change(classifier)).toEqual(['ok', 'ok']);
    expect(await outcomesOf(pending)).toEqual(['ok', 'ok']);
    expect(await losing).toBeGreaterThan(0);
    const calm = await open({ backend: 'wasm' });
    await calm.pin(pin);
    const result = await classifier.classify(frame(4));
    expect(result.subnet).toEqual(pin);
    expect(result.classes).toEqual((await calm.classify(frame(4))).classes);
    expect(replaced).toEqual(['webgpu: DEVICE_LOST']);

    await lose();
    const last = [classifier.classify(frame(5)), ...[pin, pin].map((one) => classifier.pin(one))];
    await classifier.dispose();
    expect(await outcomesOf(last)).toEqual(['DISPOSED', 'DISPOSED', 'DISPOSED']);
    channel.close();
  });

  test('reject as the worker died, or was ended', async () => {
    let worker: Worker | undefined;
    const createWorker = () => {
      worker = makeFaultyWorker({});
      return worker;
    };
    const killed = await open({ createWorker });
    worker!.terminate();
    expect(await change(killed)).toEqual(['WORKER_DIED', 'WORKER_DIED']);
    const ended = await open();
    await ended.dispose();
    expect(await change(ended)).toEqual(['DISPOSED', 'DISPOSED']);
    await ended.dispose();
  });
});

describe('a model of another origin', () => {
  test('is refused without the hash of its model.json, before anything is asked for', async () => {
    const createWorker = (): Worker => {
      throw new Error('no worker was to be made');
    };
    const model = 'https://elsewhere.invalid/model.json';
    await expect(open({ model, createWorker })).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
      expected: expect.stringContaining(model),
    });
  });

  test('opens with it, and not with another one', async () => {
    const bytes = await (await fetch(tinyModelPath('good'))).arrayBuffer();
    const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
    const integrity = `sha256-${btoa(String.fromCharCode(...digest))}`;
    await open({ integrity });
    await expect(open({ integrity: `sha256-${'A'.repeat(43)}=` })).rejects.toMatchObject({
      code: 'MODEL_INTEGRITY',
      got: integrity,
    });
    await expect(open({ integrity: 'md5-no' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

test('the worker asks for nothing but the model’s files, beside model.json, and evaluates no text', async () => {
  const watchedAs = 'rtfq-watched';
  const uses: WatchedUse[] = [];
  const channel = new BroadcastChannel(watchedAs);
  channel.onmessage = ({ data }) => uses.push(data);
  // Without the cache, so that what other tests have loaded is asked for too.
  const classifier = await openFaulty({ watchedAs }, { cache: false });
  for (const { width, resolution, bits } of classifier.subnets) {
    await classifier.pin({ width, resolution, bits });
    await classifier.classify(frame(1));
  }
  const folder = new URL('.', new URL(tinyModelPath('good'), location.href)).href;
  await vi.waitFor(() => expect(uses.length).toBeGreaterThan(15));
  channel.close();
  for (const { kind, detail } of uses) {
    expect(kind).toBe('network');
    expect(detail).toMatch(/^[^?#]*\/[A-Za-z0-9][\w.-]*$/);
    expect(new URL('.', detail).href).toBe(folder);
  }
});
