import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { OfferInterval } from '../../../src/client/offerInterval.ts';
import { Pacer } from '../../../src/client/pacer.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

async function isHeld(pacer: Pacer): Promise<boolean> {
  const held = pacer.hold();
  if (held === null) return false;
  return Promise.race([held.then(() => false), Promise.resolve().then(() => true)]);
}

test('frames begin no sooner than the pace has it', async () => {
  const pacer = new Pacer(() => performance.now());
  expect(pacer.hold()).toBeNull();
  pacer.pace(100);
  expect(pacer.hold()).toBeNull();
  pacer.started();
  expect(await isHeld(pacer)).toBe(true);
  await vi.advanceTimersByTimeAsync(99);
  expect(pacer.isHolding).toBe(true);
  await vi.advanceTimersByTimeAsync(2);
  expect(pacer.isHolding).toBe(false);
  expect(pacer.hold()).toBeNull();
});

test('another pace holds for the frame that waits', async () => {
  const pacer = new Pacer(() => performance.now());
  pacer.started();
  pacer.pace(Number.POSITIVE_INFINITY);
  const held = pacer.hold()!;
  await vi.advanceTimersByTimeAsync(1e6);
  expect(pacer.isHolding).toBe(true);
  pacer.pace(50);
  await held;
  expect(pacer.isHolding).toBe(false);
});

test('a clock that is set back holds no frame for longer than the pace', async () => {
  let offsetMs = 0;
  const pacer = new Pacer(() => performance.now() + offsetMs);
  pacer.pace(100);
  pacer.started();
  offsetMs = -1e9;
  expect(await isHeld(pacer)).toBe(true);
  offsetMs = 200;
  await vi.advanceTimersByTimeAsync(101);
  expect(pacer.isHolding).toBe(false);
});

test('a frame whose time comes while it is asked for begins at once', () => {
  // The clock is read twice: 0.01 ms before the time, and after it.
  const times = [0, 99.99, 100.01];
  const pacer = new Pacer(() => times.shift()!);
  pacer.pace(100);
  pacer.started();
  expect(pacer.hold()).toBeNull();
  expect(pacer.isHolding).toBe(false);
});

test('the interval is the median of the newest gaps, without pauses and jumps of the clock', () => {
  const interval = new OfferInterval();
  expect(interval.medianMs).toBeCloseTo(33.3, 1);
  let atMs = 0;
  for (let i = 0; i < 20; i++) {
    atMs += 20;
    interval.offered(atMs);
  }
  expect(interval.medianMs).toBe(20);
  for (const gapMs of [60_000, -5000, 21, 19]) {
    atMs += gapMs;
    interval.offered(atMs);
  }
  interval.offered(Number.NaN);
  expect(interval.medianMs).toBe(20);
});
