import { describe, expect, test } from 'vitest';
import { describeBudget, describeSwitch, directionOf } from '../../../src/demo/switchWords.ts';

const large = { width: 1, resolution: 224, bits: 8 } as const;
const small = { width: 1, resolution: 160, bits: 6 } as const;
const narrow = { width: 0.7, resolution: 224, bits: 8 } as const;
const usual = { limitMs: 33, lastWorkMs: 41, battery: null };
const detail = { from: large, to: small, predictedMs: 20, measuredMs: 21 };

describe('a switch in words', () => {
  test('to fewer pixels and bits, since frames were late', () => {
    expect(describeSwitch({ ...detail, reason: 'slower' }, 'down', usual)).toBe(
      'Down to 160 px, 6 bit: 41.0 ms > 33 ms',
    );
  });

  test('since frames would soon be late', () => {
    const soon = { ...usual, lastWorkMs: 32 };
    expect(describeSwitch({ ...detail, reason: 'slower' }, 'down', soon)).toBe(
      'Down to 160 px, 6 bit: frames come too near to 33 ms',
    );
  });

  test('names the width as such', () => {
    const toNarrow = { ...detail, to: narrow, reason: 'budget' } as const;
    expect(describeSwitch(toNarrow, 'down', usual)).toBe(
      'Down to 70% width: the budget was changed',
    );
  });

  test('up, since it fits again', () => {
    const back = { ...detail, from: small, to: large, reason: 'faster' } as const;
    expect(describeSwitch(back, 'up', usual)).toBe('Up to 224 px, 8 bit: 20.0 ms fits 33 ms');
  });

  test('for a battery', () => {
    const low = { ...usual, battery: { charging: false, level: 0.2 } };
    expect(describeSwitch({ ...detail, reason: 'battery' }, 'down', low)).toBe(
      'Down to 160 px, 6 bit: battery at 20%',
    );
  });
});

test('up is more accurate; without records it is more work', () => {
  const cost = (bitOps: number) => ({ bitOps });
  const right = (top1: number) => ({ top1 });
  const a = { ...large, cost: cost(10), accuracy: right(0.8) };
  const b = { ...small, cost: cost(4), accuracy: right(0.9) };
  expect(directionOf(a, b)).toBe('up');
  expect(directionOf(b, a)).toBe('down');
  expect(directionOf({ ...large, cost: cost(10) }, { ...small, cost: cost(4) })).toBe('down');
});

test('a budget that cannot be kept, and one that can again', () => {
  const told = (unmet: 'latency' | 'memory' | null, predictedMs: number | null) =>
    describeBudget({ unmet, limitMs: 33, predictedMs });
  expect(told('latency', 80)).toBe('No size keeps 33 ms: a frame takes about 80.0 ms');
  expect(told('latency', 30)).toBe('No size keeps 33 ms for nearly all frames');
  expect(told('memory', null)).toContain('memory');
  expect(told(null, 10)).toBe('The budget is kept again');
});
