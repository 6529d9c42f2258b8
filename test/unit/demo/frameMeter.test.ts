import { expect, test } from 'vitest';
import { FrameMeter } from '../../../src/demo/frameMeter.ts';

const timing = (inferenceMs: number) => ({ pixelsMs: 1, inferenceMs, totalMs: inferenceMs + 2 });

test('knows nothing before the first frame, and no rate before the second', () => {
  const meter = new FrameMeter();
  expect(meter.median('inferenceMs')).toBeNull();
  meter.add(timing(5), 100);
  expect(meter.median('inferenceMs')).toBe(5);
  expect(meter.fps).toBeNull();
});

test('takes the median of the last 30 frames', () => {
  const meter = new FrameMeter();
  for (let i = 0; i < 20; i++) meter.add(timing(900), i);
  for (let i = 1; i <= 30; i++) meter.add(timing(i), 20 + i);
  expect(meter.median('inferenceMs')).toBe(15.5);
  expect(meter.median('totalMs')).toBe(17.5);
});

test('counts the frames of the last two seconds', () => {
  const meter = new FrameMeter();
  meter.add(timing(1), 0);
  for (let i = 0; i <= 20; i++) meter.add(timing(1), 5000 + i * 50);
  expect(meter.fps).toBeCloseTo(20);
});

test('forgets on reset', () => {
  const meter = new FrameMeter();
  meter.add(timing(1), 0);
  meter.add(timing(1), 50);
  meter.reset();
  expect(meter.median('totalMs')).toBeNull();
  expect(meter.fps).toBeNull();
});
