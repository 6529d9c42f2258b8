import { createElement, StrictMode } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import {
  type UseClassifierOptions,
  type UsedClassifier,
  useClassifier,
} from '../../src/react/index.ts';
import { unknownSignals } from '../support/fixedClassifier.ts';
import { barsFrame } from '../support/testFrames.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

let root: Root;
/** What each render got, the newest last. */
let seen: UsedClassifier[];
let made: number;
let terminated: number;

beforeEach(() => {
  root = createRoot(document.createElement('div'));
  seen = [];
  made = 0;
  terminated = 0;
});
afterEach(() => root.unmount());

function createWorker(): Worker {
  const worker = new Worker(new URL('../../src/worker/main.ts', import.meta.url), {
    type: 'module',
  });
  made += 1;
  const terminate = worker.terminate.bind(worker);
  worker.terminate = () => {
    terminated += 1;
    terminate();
  };
  return worker;
}

function Page(props: Partial<UseClassifierOptions>) {
  const used = useClassifier({
    model: tinyModelPath('good'),
    backend: 'wasm',
    signals: unknownSignals,
    createWorker,
    ...props,
  });
  seen.push(used);
  return null;
}

function render(props: Partial<UseClassifierOptions> = {}): void {
  root.render(createElement(StrictMode, null, createElement(Page, props)));
}

async function until(status: UsedClassifier['status']): Promise<UsedClassifier> {
  return vi.waitFor(
    () => {
      expect(seen.at(-1)?.status).toBe(status);
      return seen.at(-1)!;
    },
    { timeout: 30_000 },
  );
}

const frame = (() => {
  const { data, width, height } = barsFrame(1);
  return new ImageData(new Uint8ClampedArray(data), width, height);
})();

test('under StrictMode there is one worker, which classifies and ends with the component', async () => {
  render();
  await vi.waitFor(() => expect(seen.at(-1)).toMatchObject({ status: 'loading', error: null }));
  const { classifier } = await until('ready');
  expect((await classifier!.classify(frame)).classes).toHaveLength(5);
  render();
  await vi.waitFor(() => expect(seen.at(-1)!.classifier).toBe(classifier));
  expect([made, terminated]).toEqual([1, 0]);
  root.unmount();
  expect([made, terminated]).toEqual([1, 1]);
  await expect(classifier!.classify(frame)).rejects.toMatchObject({ code: 'DISPOSED' });
});

test('a component that is unmounted while the model loads leaves no worker', async () => {
  const loading = new Promise<void>((resolve) => {
    render({
      model: tinyModelPath('stalled'),
      onProgress: ({ file }) => file === 'weights-4.bin' && resolve(),
    });
  });
  await loading;
  root.unmount();
  await vi.waitFor(() => expect([made, terminated]).toEqual([1, 1]));
  expect(seen.every(({ status }) => status === 'loading')).toBe(true);
});

test('another model takes the place of the former, whose classifier is not seen again', async () => {
  render();
  const { classifier: first } = await until('ready');
  const renders = seen.length;
  render({ model: tinyModelPath('noAccuracy') });
  const { classifier: second } = await until('ready').then(() =>
    vi.waitFor(
      () => {
        const last = seen.at(-1)!;
        expect(last.classifier).not.toBe(first);
        expect(last.status).toBe('ready');
        return last;
      },
      { timeout: 30_000 },
    ),
  );
  expect(seen.slice(renders).some(({ classifier }) => classifier === first)).toBe(false);
  expect(second!.subnets.every(({ accuracy }) => accuracy === undefined)).toBe(true);
  expect([made, terminated]).toEqual([2, 1]);
});

test('another budget goes to the classifier that is there; one that makes no sense is told', async () => {
  render();
  const { classifier } = await until('ready');
  const budgetsOf = vi.spyOn(classifier!, 'setBudget');
  render({ budget: { ceiling: { bits: 4 } } });
  await vi.waitFor(() => expect(budgetsOf).toHaveBeenCalledWith({ ceiling: { bits: 4 } }));
  await vi.waitFor(() => expect(classifier!.active.bits).toBe(4));
  render({ budget: { ceiling: { bits: 4 } } });
  render({ budget: { latencyMs: -1 } });
  await vi.waitFor(() => expect(seen.at(-1)!.error).toMatchObject({ code: 'INVALID_ARGUMENT' }));
  expect(seen.at(-1)).toMatchObject({ status: 'ready', classifier });
  render({ budget: {} });
  await vi.waitFor(() => expect(seen.at(-1)!.error).toBeNull());
  expect(budgetsOf).toHaveBeenCalledTimes(3);
  expect(made).toBe(1);
});

test('after a worker’s death, reload with the same budget gives a classifier without the former’s error', async () => {
  let worker!: Worker;
  const budget = { ceiling: { bits: 4 } } as const;
  const props = { createWorker: () => (worker = createWorker()) };
  render(props);
  const { classifier: dead, reload } = await until('ready');
  worker.dispatchEvent(new Event('messageerror'));
  render({ ...props, budget });
  await vi.waitFor(() => expect(seen.at(-1)!.error).toMatchObject({ code: 'WORKER_DIED' }));
  const renders = seen.length;
  reload();
  await vi.waitFor(() => expect(seen.at(-1)!.status).toBe('loading'));
  const { classifier } = await until('ready');
  expect(classifier).not.toBe(dead);
  await vi.waitFor(() => expect(classifier!.active.bits).toBe(4));
  expect(seen.slice(renders).map(({ error }) => error?.code)).not.toContain('WORKER_DIED');
});

test('a model that is not there is told with its code, and can be tried again', async () => {
  render({ model: tinyModelPath('missing') });
  const { error, classifier, reload } = await until('failed');
  expect(error).toMatchObject({ code: 'MODEL_FETCH_FAILED' });
  expect(classifier).toBeNull();
  const renders = seen.length;
  reload();
  await vi.waitFor(
    () => {
      const statuses = seen.slice(renders).map(({ status }) => status);
      expect(statuses).toEqual(expect.arrayContaining(['loading', 'failed']));
    },
    { timeout: 30_000 },
  );
  expect([made, terminated]).toEqual([2, 2]);
});
