import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bitWidths, type IntegerRange, weightRange } from '../../../src/quant/bits.ts';
import { inverseOfStep, requantize } from '../../../src/quant/round.ts';
import { leastSquaresStep } from '../../../src/quant/step.ts';
import { seededRandom } from '../../support/random.ts';

const seed = 1;

function squaredError(values: ArrayLike<number>, step: number, range: IntegerRange): number {
  const inverse = inverseOfStep(step);
  return Array.from(values).reduce((sum, x) => {
    return sum + (x - step * requantize(x, inverse, range)) ** 2;
  }, 0);
}

/** Standard normal numbers (Box and Muller). */
function gaussian(count: number): Float32Array {
  const random = seededRandom(seed);
  return Float32Array.from({ length: count }, () => {
    return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  });
}

describe('leastSquaresStep', () => {
  test.each(bitWidths)('finds the step of a grid of %d bits', (bits) => {
    const range = weightRange(bits);
    const grid = Float32Array.from({ length: range.max + 1 }, (_, q) => q * 0.1);
    const step = leastSquaresStep(grid, range);
    expect(step).toBeCloseTo(0.1, 6);
    expect(squaredError(grid, step, range)).toBeLessThan(1e-10);
  });

  test('takes any step, 1, where all values are zero or there is none', () => {
    expect(leastSquaresStep(new Float32Array(10), weightRange(4))).toBe(1);
    expect(leastSquaresStep([], weightRange(4))).toBe(1);
  });

  test('takes values too small for any f32 step as zeros', () => {
    expect(leastSquaresStep([1e-40, -1e-44], weightRange(8))).toBe(1);
  });

  test('clips: at 4 bits it has far less error on normal numbers than the step of the maximum', () => {
    const values = gaussian(4096);
    const range = weightRange(4);
    const largest = values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
    const ofMaximum = squaredError(values, Math.fround(largest / range.max), range);
    const step = leastSquaresStep(values, range);
    expect(squaredError(values, step, range)).toBeLessThan(0.75 * ofMaximum);
    // Max, "Quantizing for minimum distortion" (1960): 0.3352 for 16 uniform levels.
    expect(step).toBeGreaterThan(0.3);
    expect(step).toBeLessThan(0.37);
  });

  test('is never worse than the step of the maximum', () => {
    const values = fc.array(fc.float({ min: -100, max: 100, noNaN: true }), { minLength: 1 });
    fc.assert(
      fc.property(values, fc.constantFrom(...bitWidths), (xs, bits) => {
        const range = weightRange(bits);
        const largest = xs.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
        fc.pre(largest > 1e-20);
        const ofMaximum = squaredError(xs, Math.fround(largest / range.max), range);
        expect(squaredError(xs, leastSquaresStep(xs, range), range)).toBeLessThanOrEqual(ofMaximum);
      }),
      { seed },
    );
  });

  test('grows with the values: twice the values, twice the step', () => {
    const values = gaussian(256);
    const range = weightRange(6);
    const step = leastSquaresStep(values, range);
    const doubled = values.map((x) => 2 * x);
    expect(leastSquaresStep(doubled, range)).toBe(2 * step);
  });

  test('takes a histogram for what it counts', () => {
    const range = { min: 0, max: 15 };
    const values = [0.5, 0.5, 0.5, 1.7, 3.1, 3.1, 40];
    const centres = [0.5, 1.7, 3.1, 40];
    expect(leastSquaresStep(centres, range, [3, 1, 2, 1])).toBe(leastSquaresStep(values, range));
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'refuses %d among the values',
    (value) => {
      expect(() => leastSquaresStep([1, value, 2], weightRange(8))).toThrow('not finite');
    },
  );
});
