import { expect, test } from 'vitest';
import { formatDuration } from '../../../src/cli/format.ts';

test.each([
  [0, '0 s'],
  [44_600, '45 s'],
  [59_700, '1 min'],
  [725_000, '12 min'],
  [3_599_000, '1 h 0 min'],
  [12_000_000, '3 h 20 min'],
])('%i ms are %s', (durationMs, expected) => {
  expect(formatDuration(durationMs)).toBe(expected);
});
