import { expect, test } from 'vitest';
import { FrameStats } from '../../../src/client/frameStats.ts';

const subnet = { width: 1, resolution: 32, bits: 8 } as const;

/** Frames of 10 ms, one after the other, each called while the one before it ran. */
function statsAfter(frames: number): FrameStats {
  const stats = new FrameStats();
  for (let i = 1; i <= frames; i++) {
    const figures = { totalMs: 20, workMs: 10, limitMs: 33 };
    stats.add({ atMs: 10 * i, subnet, bitOps: 5000, ...figures });
  }
  return stats;
}

test.each([1, 2, 100, 250])(
  'a worker that is always busy has the BitOPs per second of each frame, after %i',
  (frames) => {
    expect(statsAfter(frames).figures(10 * frames).bitOpsPerSecond).toBe(500_000);
  },
);

test('BitOPs per second fall while no frames come, and are none before the first', () => {
  expect(statsAfter(2).figures(40).bitOpsPerSecond).toBe(250_000);
  expect(new FrameStats().figures(40).bitOpsPerSecond).toBe(0);
});
