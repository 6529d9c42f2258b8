import { inspect } from 'node:util';
import { expect, test } from 'vitest';
import type { Budget, Pin } from '../../../src/budget/budget.ts';
import { checkBudget, checkPin } from '../../../src/budget/checkBudget.ts';

test('accepts budgets with and without each field', () => {
  for (const budget of [
    {},
    { latencyMs: 0.5 },
    { fps: 60 },
    { minAccuracy: 0 },
    { minAccuracy: 1 },
    { frameShare: 1 },
    { maxBytes: 1 },
    { battery: 'auto', thermal: 'ignore' },
    {
      battery: [
        { level: 1, share: 1 },
        { level: 0, share: 0.1 },
      ],
    },
    { floor: { bits: 4 }, ceiling: { width: 0.5, resolution: 96 } },
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
  { frameShare: 0 },
  { frameShare: 1.1 },
  { maxBytes: -1 },
  { thermal: 'cold' },
  { battery: 'empty' },
  { battery: [] },
  { battery: [{ level: 0.5 }] },
  {
    battery: [
      { level: 0.2, share: 1 },
      { level: 0.5, share: 1 },
    ],
  },
  { floor: { depth: 1 } },
  { ceiling: 8 },
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
