import { expect, test } from 'vitest';
import { smoothed } from '../../../src/runtime/smoothing.ts';

const timeConstantMs = 300;

/** The average after frames of one probability, each so long after the one before. */
function after(average: number, probability: number, gapsMs: readonly number[]): number {
  return gapsMs.reduce((before, elapsedMs) => {
    const step = { average: Float64Array.of(before), elapsedMs, timeConstantMs };
    return smoothed(Float64Array.of(probability), step)[0]!;
  }, average);
}

test('the first frame stands for itself', () => {
  const probabilities = Float64Array.of(0.25, 0.75);
  const step = { average: null, elapsedMs: 10, timeConstantMs };
  expect(smoothed(probabilities, step)).toEqual(probabilities);
});

test('a time constant after a change 63 % of it is there, whatever the pace and however uneven', () => {
  const expected = 1 - Math.exp(-1);
  for (const gapsMs of [[300], [100, 100, 100], [1, 99, 5, 195], Array(30).fill(10)]) {
    expect(after(0, 1, gapsMs)).toBeCloseTo(expected, 12);
  }
});

test('a worked example: half the way after 208 ms', () => {
  // exp(-207.944 / 300) = 0.5
  expect(after(0.2, 0.8, [300 * Math.LN2])).toBeCloseTo(0.5, 12);
});

test('probabilities still sum to 1', () => {
  const step = { average: Float64Array.of(0.2, 0.3, 0.5), elapsedMs: 70, timeConstantMs };
  const sum = smoothed(Float64Array.of(0.7, 0.2, 0.1), step).reduce((a, b) => a + b);
  expect(sum).toBeCloseTo(1, 12);
});

test('after a long pause the frame stands for itself; at the same moment, or back in time, nothing moves', () => {
  expect(after(0.9, 0.1, [60_000])).toBeCloseTo(0.1, 12);
  expect(after(0.9, 0.1, [0])).toBe(0.9);
  expect(after(0.9, 0.1, [-50])).toBe(0.9);
});

test('an average of another number of classes counts as none', () => {
  const probabilities = Float64Array.of(0.4, 0.6);
  const step = { average: Float64Array.of(1), elapsedMs: 10, timeConstantMs };
  expect(smoothed(probabilities, step)).toEqual(probabilities);
});

test('what goes in is not changed', () => {
  const average = Float64Array.of(0.4, 0.6);
  const probabilities = Float64Array.of(1, 0);
  smoothed(probabilities, { average, elapsedMs: 100, timeConstantMs });
  expect([...average, ...probabilities]).toEqual([0.4, 0.6, 1, 0]);
});
