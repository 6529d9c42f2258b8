import { expect, test } from 'vitest';
import { LabelSmoothing } from '../../../src/index.ts';

const average = Float64Array.of(0.3, 0.7);

test('a frame is averaged with what was kept of the frame before, and the time since', () => {
  const smoothing = new LabelSmoothing(300);
  const first = smoothing.begin(1000);
  expect(first.step).toMatchObject({ average: null, timeConstantMs: 300 });
  first.keep(average);
  expect(smoothing.begin(1040).step).toEqual({ average, elapsedMs: 40, timeConstantMs: 300 });
});

test('a frame that failed leaves the average and its time as they were', () => {
  const smoothing = new LabelSmoothing(300);
  smoothing.begin(1000).keep(average);
  smoothing.begin(1040);
  expect(smoothing.begin(1100).step).toEqual({ average, elapsedMs: 100, timeConstantMs: 300 });
});

test('a reset forgets, also what is being classified in its moment', () => {
  const smoothing = new LabelSmoothing(300);
  smoothing.begin(1000).keep(average);
  const running = smoothing.begin(1040);
  smoothing.reset();
  running.keep(average);
  expect(smoothing.begin(1080).step.average).toBeNull();
});

test.each([0, -1, Number.NaN, Number.POSITIVE_INFINITY])('%s is no time constant', (given) => {
  expect(() => new LabelSmoothing(given)).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT', expected: 'milliseconds above 0' }),
  );
});
