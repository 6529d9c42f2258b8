import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { activationRange } from '../../../src/quant/bits.ts';
import { inverseOfStep, requantize, roundTiesToEven } from '../../../src/quant/round.ts';

const seed = 1;
/** Up to here the rounding is exact. */
const limit = 2 ** 22;

const f32 = fc.float({ min: -limit, max: limit, noNaN: true });

/** The definition, in whole numbers: every f32 is a multiple of 2^-149. */
function roundByDefinition(x: number): number {
  const one = 1n << 149n;
  const scaled = BigInt(x * 2 ** 149);
  const below = scaled / one - (scaled < 0n && scaled % one !== 0n ? 1n : 0n);
  const twice = 2n * (scaled - below * one);
  const up = twice === one ? below % 2n !== 0n : twice > one;
  return Number(up ? below + 1n : below);
}

describe('roundTiesToEven', () => {
  test.each([
    [0.5, 0],
    [1.5, 2],
    [2.5, 2],
    [3.5, 4],
    [-0.5, 0],
    [-1.5, -2],
    [-2.5, -2],
    [126.5, 126],
    [127.5, 128],
    [-128.5, -128],
  ])('takes the tie %d to %d', (x, expected) => {
    expect(roundTiesToEven(x)).toBe(expected);
  });

  test.each([
    // The neighbours of ties in f32.
    [Math.fround(0.5 + 2 ** -24), 1],
    [Math.fround(0.5 - 2 ** -25), 0],
    [Math.fround(2.5 + 2 ** -22), 3],
    [Math.fround(2.5 - 2 ** -22), 2],
    [Math.fround(-2.5 - 2 ** -22), -3],
    [limit - 0.5, limit],
    [-limit + 0.5, -limit],
    [limit, limit],
    [-limit, -limit],
    [2 ** -149, 0],
    [-(2 ** -149), 0],
  ])('takes %d to %d', (x, expected) => {
    expect(roundTiesToEven(x)).toBe(expected);
  });

  test('is the definition in whole numbers for any f32 up to 2^22', () => {
    fc.assert(
      fc.property(f32, (x) => roundTiesToEven(x) === roundByDefinition(x)),
      { seed, numRuns: 2000 },
    );
  });

  test('is the definition in whole numbers for quarters, where ties are common', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 14), max: 2 ** 14 }), (quarters) => {
        return roundTiesToEven(quarters / 4) === roundByDefinition(quarters / 4);
      }),
      { seed, numRuns: 2000 },
    );
  });

  test('is odd: the negative number rounds to the negative result', () => {
    fc.assert(
      fc.property(f32, (x) => roundTiesToEven(-x) + roundTiesToEven(x) === 0),
      { seed, numRuns: 1000 },
    );
  });
});

describe('requantize', () => {
  const unsigned = activationRange(8, false);
  const signed = activationRange(4, true);

  test.each([
    [2.5, 1, 2],
    [3.5, 1, 4],
    [1.25, 2, 2],
    [254.5, 1, 254],
    [255.4, 1, 255],
    [255.5, 1, 255],
    [1e30, 1, 255],
    [Number.POSITIVE_INFINITY, 1, 255],
    [-0.5, 1, 0],
    [-3, 1, 0],
    [Number.NEGATIVE_INFINITY, 1, 0],
  ])('takes %d times %d to %d of 8 unsigned bits', (y, inverseStep, expected) => {
    expect(requantize(y, inverseStep, unsigned)).toBe(expected);
  });

  test.each([
    [-2.5, -2],
    [-7.5, -8],
    [-8.5, -8],
    [-100, -8],
    [7.5, 7],
    [6.5, 6],
    [100, 7],
  ])('takes %d to %d of 4 signed bits', (y, expected) => {
    expect(requantize(y, 1, signed)).toBe(expected);
  });

  test('rounds the product to f32 before it looks for ties', () => {
    // 0.7 * 5 is 3.4999999403953552 exactly, and in f32 3.5: a tie, which goes to 4.
    expect(Math.fround(0.7) * 5).toBeLessThan(3.5);
    expect(requantize(Math.fround(0.7), 5, unsigned)).toBe(4);
  });

  test('gives the same whether it clamps before or after rounding', () => {
    fc.assert(
      fc.property(fc.float({ min: -1000, max: 1000, noNaN: true }), (y) => {
        const rounded = roundByDefinition(y);
        const after = Math.min(Math.max(rounded, signed.min), signed.max);
        return requantize(y, 1, signed) === after;
      }),
      { seed, numRuns: 1000 },
    );
  });

  test('recovers every integer from its product with the step', () => {
    const anyStep = fc.double({ min: 1e-6, max: 1e6, noNaN: true });
    fc.assert(
      fc.property(anyStep, fc.integer({ min: 0, max: 255 }), (step, q) => {
        const y = Math.fround(q * Math.fround(step));
        return requantize(y, inverseOfStep(step), unsigned) === q;
      }),
      { seed, numRuns: 1000 },
    );
  });
});

describe('inverseOfStep', () => {
  test('is one f32 division of an f32 step', () => {
    // 0.1 is 13421773 / 2^27 in f32; its inverse lies closer to 10 than to any other f32.
    expect(inverseOfStep(0.1)).toBe(10);
    expect(inverseOfStep(3)).toBe(11184811 / 2 ** 25);
    expect(inverseOfStep(2 ** -120)).toBe(2 ** 120);
  });
});
