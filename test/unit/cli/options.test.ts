import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { formatBytes, formatCount, formatPercent } from '../../../src/cli/format.ts';
import {
  parseBits,
  parseCount,
  parseFraction,
  parseNotNegative,
  parseResolutions,
  parseSeed,
  parseSubnetOption,
  parseWidths,
} from '../../../src/cli/options.ts';

test('lists come out largest first, each value once', () => {
  expect(parseBits('4,8,6,8')).toEqual([8, 6, 4]);
  expect(parseWidths('0.75, 1.0')).toEqual([1, 0.75]);
  expect(parseResolutions('128,224')).toEqual([224, 128]);
});

test('a subnet is what the tables print', () => {
  expect(parseSubnetOption('1.0,224,8')).toEqual({ width: 1, resolution: 224, bits: 8 });
});

describe('what is no such value is a usage error', () => {
  const parsers: [string, (text: string) => unknown, string[]][] = [
    ['bits', parseBits, ['5', '', '8,', '8;6', '-8']],
    ['widths', parseWidths, ['0', '1.1', 'full', '0.5,']],
    ['resolutions', parseResolutions, ['0', '31', '4096', '22.5']],
    ['a count', parseCount, ['0', '-1', '1.5', 'many', '']],
    ['a seed', parseSeed, ['-1', '1.5', 'x']],
    ['a fraction', parseFraction, ['0', '1.01', 'x', '']],
    ['a number from 0', parseNotNegative, ['-0.1', 'x', '', 'Infinity']],
    ['a subnet', parseSubnetOption, ['224', '1,224,5', '1.0,224']],
  ];
  for (const [what, parse, texts] of parsers) {
    test(what, () => {
      for (const text of texts) expect(() => parse(text), text).toThrow(InvalidArgumentError);
    });
  }
});

test('figures are short and have their unit', () => {
  expect(formatPercent(0.8712)).toBe('87.1 %');
  expect(formatPercent(null)).toBe('-');
  expect([0, 999, 1000, 12_345, 300_774_272].map(formatCount)).toEqual([
    '0',
    '999',
    '1.00 k',
    '12.3 k',
    '301 M',
  ]);
  expect([12, 147_152, 2_124_672].map(formatBytes)).toEqual(['12 B', '147 kB', '2.12 MB']);
});
