import fc from 'fast-check';
import { afterEach, expect, test, vi } from 'vitest';
import type { Signals } from '../../../src/budget/signals.ts';
import { findSubnet } from '../../../src/network/subnet.ts';
import { MonitorBench } from '../../support/monitorBench.ts';
import { outcomesOf } from '../../support/outcomes.ts';

afterEach(() => vi.restoreAllMocks());

const anyNumber = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(Number.NaN, -1, 0, 1e308, Number.POSITIVE_INFINITY),
);
const event = fc.oneof(
  fc.record({
    kind: fc.constant('frame' as const),
    networkMs: anyNumber,
    overheadMs: anyNumber,
    intervalMs: fc.double({ min: 1, max: 1000, noNaN: true }),
    elapsedMs: fc.oneof(fc.double({ min: -1e4, max: 1e4, noNaN: true }), fc.constant(Number.NaN)),
  }),
  fc.record({
    kind: fc.constant('signals' as const),
    signals: fc.record({
      battery: fc.option(fc.record({ charging: fc.boolean(), level: anyNumber })),
      pressure: fc.constantFrom('nominal', 'serious', 'critical', null),
      visible: fc.constantFrom(true, false, null),
      saveData: fc.constantFrom(true, false, null),
    }) as fc.Arbitrary<Signals>,
  }),
  fc.record({
    kind: fc.constant('budget' as const),
    budget: fc.record(
      {
        latencyMs: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
        frameShare: fc.double({ min: 0.01, max: 1, noNaN: true }),
        maxBytes: fc.integer({ min: 1, max: 200_000 }),
        minAccuracy: fc.double({ min: 0, max: 1, noNaN: true }),
        ceiling: fc.record({ bits: fc.constantFrom(4, 6, 8) }),
      },
      { requiredKeys: [] },
    ),
  }),
  fc.record({
    kind: fc.constant('pin' as const),
    pin: fc.oneof(
      fc.constant('auto' as const),
      fc.record(
        {
          width: fc.constantFrom(1, 0.5, 0.7),
          resolution: fc.constantFrom(32, 24),
          bits: fc.constantFrom(4, 6, 8),
        },
        { requiredKeys: [] },
      ),
    ),
  }),
);

test('whatever frames, signals and wishes come, in whatever order, a subnet of the model runs', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(event, { maxLength: 25 }), async (events) => {
      const bench = await MonitorBench.open();
      const { monitor, session } = bench;
      monitor.start();
      const changes: Promise<void>[] = [];
      const keep = (change: Promise<void>) => {
        // Looked at in the end.
        change.catch(() => {});
        changes.push(change);
      };
      for (const happened of events) {
        switch (happened.kind) {
          case 'frame': {
            const pixels = { data: new Uint8Array(4), width: 1, height: 1 };
            const { subnet } = await session.run(pixels);
            const { switched } = monitor.ran({ ...happened, subnet, pixels });
            if (switched !== null) expect(switched.from).not.toBe(switched.to);
            bench.nowMs += happened.elapsedMs || 0;
            break;
          }
          case 'signals':
            monitor.setSignals(happened.signals);
            break;
          case 'budget':
            keep(monitor.change('budget', { budget: happened.budget as never }));
            break;
          case 'pin':
            keep(monitor.change('pin', { pin: happened.pin as never }));
            break;
          default:
            happened satisfies never;
        }
        await bench.wait(1);
        expect(session.isPrepared(findSubnet(session.subnets, monitor.active))).toBe(true);
        expect(monitor.paceMs).toBeGreaterThanOrEqual(0);
      }
      for (const outcome of await outcomesOf(changes)) {
        expect(['ok', 'UNKNOWN_SUBNET']).toContain(outcome);
      }
      expect(bench.loadErrors).toEqual([]);
      vi.restoreAllMocks();
    }),
    { numRuns: 40 },
  );
});
