import { describe, expect, test } from 'vitest';
import {
  type ColourJitter,
  drawColours,
  jitterColours,
} from '../../../../src/training/trainer/colourJitter.ts';
import { seededRandom } from '../../../support/random.ts';

const none: ColourJitter = { brightness: 1, contrast: 1, saturation: 1, cast: [1, 1, 1] };
const picture = [200, 100, 50, 40, 80, 120];

function jittered(jitter: Partial<ColourJitter>): number[] {
  const pixels = Uint8Array.from(picture);
  jitterColours(pixels, { ...none, ...jitter });
  return [...pixels];
}

describe('colour jitter', () => {
  test('by factors of 1 changes nothing', () => {
    expect(jittered({})).toEqual(picture);
  });

  test('scales brightness and each channel, and clamps to a byte', () => {
    expect(jittered({ brightness: 1.5, cast: [1, 1, 0.5] })).toEqual([255, 150, 38, 60, 120, 90]);
  });

  test('without saturation leaves grey', () => {
    const [red, green, blue] = jittered({ saturation: 0 });
    expect(red).toBe(Math.round(0.299 * 200 + 0.587 * 100 + 0.114 * 50));
    expect([green, blue]).toEqual([red, red]);
  });

  test('without contrast leaves the mean grey', () => {
    const mean = (0.299 * 240 + 0.587 * 180 + 0.114 * 170) / 2;
    expect(jittered({ contrast: 0, saturation: 0 })).toEqual(Array(6).fill(Math.round(mean)));
  });

  test('draws factors from the whole range and none beyond (seed 5)', () => {
    const random = seededRandom(5);
    const ranges = { brightness: 0.4, contrast: 0.3, saturation: 0.2, colourCast: 0.1 };
    const drawn = Array.from({ length: 300 }, () => drawColours(random, ranges));
    const check = (values: number[], range: number) => {
      expect(Math.min(...values)).toBeGreaterThanOrEqual(1 - range);
      expect(Math.max(...values)).toBeLessThanOrEqual(1 + range);
      expect(Math.max(...values) - Math.min(...values)).toBeGreaterThan(1.8 * range);
    };
    check(
      drawn.map(({ brightness }) => brightness),
      0.4,
    );
    check(
      drawn.map(({ contrast }) => contrast),
      0.3,
    );
    check(
      drawn.map(({ saturation }) => saturation),
      0.2,
    );
    check(
      drawn.flatMap(({ cast }) => cast),
      0.1,
    );
  });
});
