import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findSubnet, formatSubnet, parseSubnet, sameSubnet } from '../../../src/network/subnet.ts';
import { bitWidths } from '../../../src/quant/bits.ts';

const seed = 1;

describe('subnets as text', () => {
  test.each([
    [{ width: 1, resolution: 224, bits: 8 }, '1.0,224,8'],
    [{ width: 0.5, resolution: 128, bits: 4 }, '0.5,128,4'],
    [{ width: 0.35, resolution: 96, bits: 6 }, '0.35,96,6'],
  ] as const)('%j is %s', (subnet, text) => {
    expect(formatSubnet(subnet)).toBe(text);
    expect(parseSubnet(text)).toEqual(subnet);
  });

  test('are read as they are written, whatever the numbers', () => {
    const anySubnet = fc.record({
      width: fc.double({ min: Number.MIN_VALUE, max: 1, noNaN: true }),
      resolution: fc.integer({ min: 8, max: 2048 }),
      bits: fc.constantFrom(...bitWidths),
    });
    fc.assert(
      fc.property(anySubnet, (subnet) => {
        expect(sameSubnet(parseSubnet(formatSubnet(subnet)), subnet)).toBe(true);
      }),
      { seed },
    );
  });

  test('may have spaces and short numbers', () => {
    expect(parseSubnet(' 1, 224 ,8 ')).toEqual({ width: 1, resolution: 224, bits: 8 });
  });

  test.each([
    '',
    '1.0,224',
    '1.0,224,8,2',
    '1.0,224,5',
    'a,224,8',
    '1.0,,8',
    'Infinity,224,8',
    ',,',
  ])('refuses %j', (text) => {
    expect(() => parseSubnet(text)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
    expect(() => parseSubnet(text)).toThrow('WIDTH,RESOLUTION,BITS');
  });
});

describe('findSubnet', () => {
  const subnets = [
    { width: 1, resolution: 224, bits: 8, label: 'large' },
    { width: 0.5, resolution: 128, bits: 4, label: 'small' },
  ] as const;

  test('finds the entry with the same content', () => {
    expect(findSubnet(subnets, { width: 0.5, resolution: 128, bits: 4 })).toBe(subnets[1]);
  });

  test('names those there are when there is no such subnet', () => {
    const act = () => findSubnet(subnets, { width: 1, resolution: 224, bits: 4 });
    expect(act).toThrow(expect.objectContaining({ code: 'UNKNOWN_SUBNET', got: '1.0,224,4' }));
    expect(act).toThrow('1.0,224,8 | 0.5,128,4');
  });
});
