import { expect, test } from 'vitest';
import { cdp } from 'vitest/browser';
import { type Classifier, type ClassifierOptions, createClassifier } from '../../src/index.ts';
import { unknownSignals } from '../support/fixedClassifier.ts';
import { outcomesOf } from '../support/outcomes.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

const model = tinyModelPath('good');

function makeWorker(): Worker {
  return new Worker(new URL('../../src/worker/main.ts', import.meta.url), { type: 'module' });
}

async function use(classifier: Classifier): Promise<void> {
  classifier.addEventListener('switch', () => {});
  await classifier.classify(new ImageData(64, 48));
  await classifier.pin({ width: 0.5 });
  await classifier.classify(new ImageData(64, 48));
}

/** @returns places of what is left when no more garbage is found */
async function survivors(refs: readonly WeakRef<object>[]): Promise<readonly number[]> {
  const session = cdp() as unknown as { send(method: string): Promise<unknown> };
  const alive = () => [...refs.keys()].filter((i) => refs[i]!.deref() !== undefined);
  // What finalizers let go of is garbage for the next collection only.
  for (let i = 0; i < 20 && alive().length > 0; i++) {
    await new Promise((resolve) => setTimeout(resolve, 50));
    await session.send('HeapProfiler.collectGarbage');
  }
  return alive();
}

type End = (options: ClassifierOptions) => Promise<object[]>;

const ends: readonly [string, End][] = [
  [
    'it is disposed of',
    async (options) => {
      const classifier = await createClassifier(options);
      await use(classifier);
      await classifier.dispose();
      return [classifier];
    },
  ],
  [
    'its worker dies',
    async (options) => {
      const worker = makeWorker();
      const classifier = await createClassifier({ ...options, createWorker: () => worker });
      await use(classifier);
      const pending = classifier.classify(new ImageData(64, 48));
      worker.terminate();
      expect(await outcomesOf([pending])).toEqual(['WORKER_DIED']);
      return [classifier, worker];
    },
  ],
  [
    'opening fails',
    async (options) => {
      const worker = makeWorker();
      const missing = tinyModelPath('missing');
      const opening = createClassifier({ ...options, model: missing, createWorker: () => worker });
      expect(await outcomesOf([opening])).toEqual(['MODEL_FETCH_FAILED']);
      return [worker];
    },
  ],
];

/** In a function of its own, whose variables are gone when it has returned. */
async function startAndEnd(end: End): Promise<readonly WeakRef<object>[]> {
  const onProgress = () => {};
  const held = await end({ model, backend: 'wasm', signals: unknownSignals, onProgress });
  return [onProgress, ...held].map((object) => new WeakRef(object));
}

test.each(ends)(
  'a classifier, its worker and its listeners are garbage once %s',
  async (_, end) => {
    const refs = await startAndEnd(end);
    expect(refs.length).toBeGreaterThan(1);
    expect(await survivors(refs)).toEqual([]);
  },
);
