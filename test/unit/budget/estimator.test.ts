import { describe, expect, test } from 'vitest';
import {
  type Estimate,
  forgetRecent,
  observe,
  pessimisticSlowdown,
  slowdown,
  unknownEstimate,
} from '../../../src/budget/estimator.ts';
import { normal, seededRandom } from '../../../src/budget/simulator/noise.ts';

const frameMs = 33;

function feed(estimate: Estimate, ratios: readonly number[]): Estimate {
  return ratios.reduce((known, ratio) => observe(known, ratio, frameMs), estimate);
}

const steady = feed(unknownEstimate, Array(60).fill(1));

describe('the slow-down', () => {
  test('is that of the first frame until there are more', () => {
    expect(slowdown(observe(unknownEstimate, 1.5, 0))).toBeCloseTo(1.5, 9);
  });

  test('is not moved by a single frame, however slow', () => {
    for (const ratio of [1.3, 3, 1e9]) {
      expect(slowdown(feed(steady, [ratio, 1, 1, 1]))).toBeCloseTo(1, 2);
    }
  });

  test('follows a new load with its second frame, up and down', () => {
    expect(slowdown(feed(steady, [2.5, 2.4]))).toBeCloseTo(2.4, 1);
    expect(slowdown(feed(steady, [0.5, 0.5]))).toBeCloseTo(0.5, 2);
  });

  test('follows two thirds of a small change within half a second', () => {
    // Too small to stand out of the noise of a phone.
    const noisy: Estimate = { ...steady, spread: 0.12 };
    const after = feed(noisy, Array(15).fill(1.15));
    expect(slowdown(after)).toBeGreaterThan(1.1);
  });

  test('does not move with what is no duration', () => {
    for (const ratio of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
      expect(observe(steady, ratio, frameMs)).toBe(steady);
    }
  });

  test('after a pause no single frame is taken for the second of a pair', () => {
    const paused = forgetRecent(feed(steady, [3]));
    expect(slowdown(feed(paused, [3]))).not.toBeCloseTo(3, 1);
  });
});

describe('the margin', () => {
  test.each([0.03, 0.06, 0.12])(
    'is one that 2 to 5 %% of frames exceed, deviation %s, seed 7',
    (deviation) => {
      const random = seededRandom(7);
      const ratio = () => Math.exp(deviation * normal(random));
      let estimate = feed(unknownEstimate, Array.from({ length: 2000 }, ratio));
      let late = 0;
      const frames = 6000;
      for (let i = 0; i < frames; i++) {
        const next = ratio();
        if (next > pessimisticSlowdown(estimate)) late += 1;
        estimate = observe(estimate, next, frameMs);
      }
      expect(late / frames).toBeGreaterThan(0.02);
      expect(late / frames).toBeLessThan(0.05);
    },
  );

  test('holds for frames that are not normal: one in 25 is twice as slow, seed 8', () => {
    const random = seededRandom(8);
    const ratio = () => (random() < 0.04 ? 2 : Math.exp(0.02 * normal(random)));
    let estimate = feed(unknownEstimate, Array.from({ length: 4000 }, ratio));
    let late = 0;
    for (let i = 0; i < 6000; i++) {
      const next = ratio();
      if (next > pessimisticSlowdown(estimate)) late += 1;
      estimate = observe(estimate, next, frameMs);
    }
    expect(late / 6000).toBeLessThan(0.05);
  });
});
