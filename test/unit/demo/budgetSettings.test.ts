import { expect, test } from 'vitest';
import { firstSettings, limitMs, toBudget } from '../../../src/demo/budgetSettings.ts';

test('only the chosen limit of time is asked for', () => {
  expect(toBudget({ ...firstSettings, timeMode: 'off' })).toEqual({ battery: 'auto' });
  expect(toBudget({ ...firstSettings, timeMode: 'latency', latencyMs: 16 })).toMatchObject({
    latencyMs: 16,
  });
  const byRate = toBudget({ ...firstSettings, timeMode: 'fps', fps: 20 });
  expect(byRate.fps).toBe(20);
  expect(byRate.latencyMs).toBeUndefined();
});

test('memory, accuracy and battery are asked for where they are limited', () => {
  const budget = toBudget({
    ...firstSettings,
    maxBytes: 5e6,
    minAccuracy: 0.85,
    batteryMode: 'ignore',
  });
  expect(budget).toEqual({
    latencyMs: 33,
    maxBytes: 5e6,
    minAccuracy: 0.85,
    battery: 'ignore',
  });
});

test('a frame rate is a limit of time, too', () => {
  expect(limitMs({ ...firstSettings, timeMode: 'off' })).toBeNull();
  expect(limitMs({ ...firstSettings, timeMode: 'latency', latencyMs: 16 })).toBe(16);
  expect(limitMs({ ...firstSettings, timeMode: 'fps', fps: 20 })).toBe(50);
});
