import { describe, expect, test } from 'vitest';
import type { Subnet } from '../../../../src/network/subnet.ts';
import { teachersOf } from '../../../../src/training/sandwich/softTargets.ts';

const largest: Subnet = { width: 1, resolution: 224, bits: 8 };
const eight: Subnet = { width: 0.7, resolution: 128, bits: 8 };
const six: Subnet = { width: 0.9, resolution: 160, bits: 6 };
const four: Subnet = { width: 0.7, resolution: 128, bits: 4 };
const subnets = [largest, eight, six, four];

describe('soft targets', () => {
  test('flow from higher bit-widths to lower ones', () => {
    expect(teachersOf(six, subnets, 'higherBits')).toEqual([largest, eight]);
    expect(teachersOf(four, subnets, 'higherBits')).toEqual([largest, eight, six]);
  });

  test('come from the largest where no bit-width is higher', () => {
    expect(teachersOf(eight, subnets, 'higherBits')).toEqual([largest]);
    expect(teachersOf(largest, subnets, 'higherBits')).toEqual([]);
  });

  test('come from the largest alone where the recipe says so', () => {
    expect(teachersOf(four, subnets, 'largest')).toEqual([largest]);
  });
});
