import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import {
  checkBudget,
  checkClassifyOptions,
  checkOptions,
  checkPin,
} from '../../../src/client/options.ts';
import type { Budget, ClassifierOptions, Pin } from '../../../src/client/types.ts';

const model = 'https://example.org/model.json';

test('missing options get their defaults', () => {
  expect(checkOptions({ model })).toEqual({
    modelUrl: model,
    backend: 'auto',
    budget: {},
    workerUrl: undefined,
    createWorker: undefined,
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
];
for (const [what, options] of wrongOptions) {
  test(`refuses ${what}`, () => {
    expect(() => checkOptions(options as ClassifierOptions)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT', got: expect.anything() }),
    );
  });
}

test('accepts budgets with and without each field', () => {
  for (const budget of [
    {},
    { latencyMs: 0.5 },
    { fps: 60 },
    { minAccuracy: 0 },
    { minAccuracy: 1 },
  ] as Budget[]) {
    expect(() => checkBudget(budget)).not.toThrow();
  }
});

const wrongBudgets: readonly unknown[] = [
  null,
  { latencyMs: 0 },
  { latencyMs: -1 },
  { latencyMs: Number.NaN },
  { latencyMs: Number.POSITIVE_INFINITY },
  { fps: '30' },
  { minAccuracy: 70 },
  { minAccuracy: -0.1 },
  { minAccuracy: Number.NaN },
  { latency: 33 },
];
for (const budget of wrongBudgets) {
  test(`refuses the budget ${String(JSON.stringify(budget))}, naming what it got and what it expects`, () => {
    expect(() => checkBudget(budget as Budget)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        got: expect.any(String),
        expected: expect.any(String),
      }),
    );
  });
}

test('accepts whole and partial pins, and auto', () => {
  for (const pin of ['auto', {}, { bits: 4 }, { width: 1, resolution: 224, bits: 8 }] as Pin[]) {
    expect(() => checkPin(pin)).not.toThrow();
  }
});

for (const pin of ['none', null, { bit: 4 }, { bits: '4' }, { bits: 4n }, { width: 0 }]) {
  test(`refuses the pin ${inspect(pin)}`, () => {
    expect(() => checkPin(pin as Pin)).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
}

for (const topK of [0, 1.5, Number.NaN, '5']) {
  test(`refuses topK ${topK}`, () => {
    expect(() => checkClassifyOptions({ topK: topK as number })).toThrow(
      expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
    );
  });
}
