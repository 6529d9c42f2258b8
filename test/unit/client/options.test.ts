import { expect, test } from 'vitest';
import { browserSignals } from '../../../src/client/browserSignals.ts';
import type { LabelSmoothing } from '../../../src/client/labelSmoothing.ts';
import { checkClassifyOptions, checkOptions } from '../../../src/client/options.ts';
import type { ClassifierOptions } from '../../../src/client/types.ts';

const model = 'https://example.org/model.json';

test('missing options get their defaults', () => {
  expect(checkOptions({ model })).toEqual({
    modelUrl: model,
    integrity: null,
    backend: 'auto',
    threads: 'auto',
    budget: {},
    workerUrl: undefined,
    createWorker: undefined,
    signals: browserSignals,
    clock: expect.any(Function),
    cache: true,
  });
  expect(checkClassifyOptions({})).toEqual({ topK: 5, signal: undefined });
});

const wrongOptions: readonly [string, unknown][] = [
  ['nothing', undefined],
  ['no model', {}],
  ['a relative URL without a page', { model: 'model.json' }],
  ['an unknown backend', { model, backend: 'cuda' }],
  ['a name from Object.prototype', { model, backend: 'constructor' }],
  ['a budget that is no object', { model, budget: 33 }],
  ['a worker URL that is none', { model, workerUrl: '//' }],
  ['a worker instead of a function', { model, createWorker: {} }],
  ['a budget that asks for nothing sensible', { model, budget: { latencyMs: -1 } }],
  ['a signal that nobody knows', { model, signals: { temperature: () => () => {} } }],
  ['a signal that is a value', { model, signals: { battery: { level: 1 } } }],
  ['a clock that is a time', { model, clock: 1 }],
  ['no thread at all', { model, threads: 0 }],
  ['half a thread', { model, threads: 1.5 }],
  ['threads in words', { model, threads: 'many' }],
  ['a cache that is a name', { model, cache: 'mine' }],
];
for (const [what, options] of wrongOptions) {
  test(`refuses ${what}`, () => {
    expect(() => checkOptions(options as ClassifierOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', got: expect.anything() }),
    );
  });
}

test('a signal may be the host’s own, or unknown', () => {
  const battery = () => () => {};
  const { signals } = checkOptions({ model, signals: { battery, pressure: 'unknown' } });
  expect(signals).toEqual({
    battery,
    visible: browserSignals.visible,
    saveData: browserSignals.saveData,
  });
});

test('a smoothing that is none is refused', () => {
  expect(() => checkClassifyOptions({ smoothing: 300 as unknown as LabelSmoothing })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', expected: 'a LabelSmoothing' }),
  );
});

for (const topK of [0, 1.5, Number.NaN, '5']) {
  test(`refuses topK ${topK}`, () => {
    expect(() => checkClassifyOptions({ topK: topK as number })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
}
