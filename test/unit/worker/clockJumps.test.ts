import { afterEach, expect, test, vi } from 'vitest';
import { RtfqError } from '../../../src/errors.ts';
import { MonitorBench } from '../../support/monitorBench.ts';

afterEach(() => vi.restoreAllMocks());

const hourMs = 3_600_000;

for (const jumpMs of [-hourMs, hourMs]) {
  const direction = jumpMs < 0 ? 'back' : 'on';

  test(`a failed load is tried again in seconds though the clock is set ${direction} by an hour`, async () => {
    let isOffline = true;
    const bench = await MonitorBench.open({
      read: (read) => (file, expected, options) =>
        isOffline && file === 'weights-8.bin'
          ? Promise.reject(new RtfqError('MODEL_FETCH_FAILED', 'offline'))
          : read(file, expected, options),
    });
    bench.monitor.start();
    await bench.frames(1);
    expect(bench.loadErrors.length).toBeGreaterThan(0);
    isOffline = false;
    bench.jump(jumpMs);
    await bench.frames(30);
    expect(bench.prepared).toContain('1.0,32,8');
  });

  test(`load is followed, and an unmet budget told, though the clock is set ${direction} by an hour`, async () => {
    const bench = await MonitorBench.open({ wish: { budget: { latencyMs: 33 } } });
    await bench.settle();
    const unloaded = bench.active;
    bench.jump(jumpMs);
    bench.load = 20;
    await bench.frames(10);
    expect(bench.unmet).toContain('latency');
    expect(bench.active).not.toBe(unloaded);
    bench.jump(jumpMs);
    bench.load = 1;
    await bench.frames(120);
    expect(bench.unmet.at(-1)).toBeNull();
    expect(bench.active).toBe(unloaded);
  });
}
