import { expect, test } from 'vitest';
import { isFree, isPossible, samePins, valuesOf } from '../../../src/demo/pinChoices.ts';
import type { Subnet } from '../../../src/index.ts';

const subnets: readonly Subnet[] = [
  { width: 1, resolution: 224, bits: 8 },
  { width: 1, resolution: 160, bits: 4 },
  { width: 0.5, resolution: 160, bits: 8 },
];

test('each value of a dimension is offered once, largest first', () => {
  expect(valuesOf(subnets, 'resolution')).toEqual([224, 160]);
  expect(valuesOf([...subnets].reverse(), 'width')).toEqual([1, 0.5]);
});

test('a value is possible when some subnet has it together with the other pins', () => {
  expect(isPossible(subnets, {}, 'bits', 4)).toBe(true);
  expect(isPossible(subnets, { resolution: 224 }, 'bits', 4)).toBe(false);
  expect(isPossible(subnets, { resolution: 160, width: 0.5 }, 'bits', 8)).toBe(true);
});

test("a dimension's own pin does not stand in its other values' way", () => {
  expect(isPossible(subnets, { bits: 4 }, 'bits', 8)).toBe(true);
});

test('pins are compared by value', () => {
  expect(samePins({ bits: 4 }, { bits: 4 })).toBe(true);
  expect(samePins({ bits: 4 }, {})).toBe(false);
  expect(isFree({})).toBe(true);
  expect(isFree({ width: 1 })).toBe(false);
});
