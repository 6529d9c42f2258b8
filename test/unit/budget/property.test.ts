import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Budget } from '../../../src/budget/budget.ts';
import type { Candidate } from '../../../src/budget/candidates.ts';
import { step } from '../../../src/budget/policy.ts';
import type { PolicyConfig, PolicyState, Sample } from '../../../src/budget/policyTypes.ts';
import type { Signals } from '../../../src/budget/signals.ts';
import { initialState } from '../../../src/budget/transitions.ts';

/** What a broken clock, a broken driver or an attacker may hand over. */
const anyNumber = fc.oneof(
  fc.double(),
  fc.double({ min: 0, max: 100, noNaN: true }),
  fc.constantFrom(Number.NaN, -1, 0, -0, 1e308, Number.POSITIVE_INFINITY, Number.MIN_VALUE),
);

const candidates: fc.Arbitrary<readonly Candidate[]> = fc
  .array(
    fc.record({
      gain: fc.double({ min: -1, max: 1, noNaN: true }),
      costMs: fc.double({ min: 1e-3, max: 1e4, noNaN: true }),
      allowed: fc.boolean(),
      ready: fc.boolean(),
    }),
    { minLength: 1, maxLength: 8 },
  )
  // As the contract has it: one at least can run.
  .map(([first, ...rest]) => [{ ...first!, allowed: true, ready: true }, ...rest]);

const positive = fc.double({ min: 1e-3, max: 1e6, noNaN: true });
const share = fc.double({ min: 1e-3, max: 1, noNaN: true });
const budget: fc.Arbitrary<Budget> = fc
  .record({
    latencyMs: fc.option(positive, { nil: undefined }),
    fps: fc.option(positive, { nil: undefined }),
    frameShare: fc.option(share, { nil: undefined }),
    battery: fc.constantFrom('auto', 'ignore', undefined),
    thermal: fc.constantFrom('auto', 'ignore', undefined),
  })
  .map((fields) => JSON.parse(JSON.stringify(fields)) as Budget);

const signals = fc.record({
  battery: fc.option(fc.record({ charging: fc.boolean(), level: anyNumber })),
  pressure: fc.constantFrom('nominal', 'fair', 'serious', 'critical', null, 'melting'),
  visible: fc.constantFrom(true, false, null),
  saveData: fc.constantFrom(true, false, null),
}) as fc.Arbitrary<Signals>;

const sample: fc.Arbitrary<Sample> = fc.oneof(
  fc.record({
    kind: fc.constant('frame' as const),
    atMs: anyNumber,
    index: fc.integer({ min: -1, max: 9 }),
    networkMs: anyNumber,
    overheadMs: anyNumber,
  }),
  fc.record({
    kind: fc.constant('change' as const),
    atMs: anyNumber,
    reason: fc.constantFrom('budget', 'pin', 'battery', 'loaded'),
  }),
  fc.record({ kind: fc.constant('notice' as const), atMs: anyNumber }),
);

const intervalMs = fc.double({ min: 1, max: 1e4, noNaN: true });
const event = fc.record({ sample, budget, signals, intervalMs, candidates });

function expectFinite(value: unknown, path: string): void {
  if (typeof value === 'number') expect(Number.isFinite(value), `${path} is ${value}`).toBe(true);
  if (typeof value !== 'object' || value === null) return;
  for (const [key, inner] of Object.entries(value)) expectFinite(inner, `${path}.${key}`);
}

test('whatever arrives, a subnet that may run is returned and the state stays finite', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 40 }), (events) => {
      let state: PolicyState = initialState(0);
      for (const { sample: happened, ...config } of events) {
        const decision = step(state, happened, config as PolicyConfig);
        const chosen = config.candidates[decision.index];
        expect(chosen).toMatchObject({ allowed: true, ready: true });
        expect(config.candidates[decision.wanted]?.allowed).toBe(true);
        expect(decision.paceMs).toBeGreaterThanOrEqual(0);
        expect(decision.limitMs).toBeGreaterThan(0);
        expectFinite(decision.state, 'state');
        state = decision.state;
      }
    }),
    { numRuns: 400 },
  );
});

test('the same samples give the same decisions: nothing is remembered outside of the state', () => {
  fc.assert(
    fc.property(fc.array(event, { maxLength: 10 }), (events) => {
      const run = () => {
        let state: PolicyState = initialState(0);
        return events.map(({ sample: happened, ...config }) => {
          const decision = step(state, happened, config);
          state = decision.state;
          return decision;
        });
      };
      expect(run()).toEqual(run());
    }),
    { numRuns: 50 },
  );
});

test('frames as predicted never change the subnet, however often they come', () => {
  fc.assert(
    fc.property(candidates, budget, intervalMs, (list, wish, every) => {
      const config: PolicyConfig = {
        candidates: list,
        budget: wish,
        signals: { battery: null, pressure: null, visible: null, saveData: null },
        intervalMs: every,
      };
      let state = initialState(0);
      const switches: number[] = [];
      for (let i = 0; i < 200; i++) {
        const index = state.active;
        const networkMs = list[index]?.costMs ?? 1;
        const frame = { kind: 'frame', atMs: i * 100, index, networkMs, overheadMs: 0 } as const;
        const decision = step(state, frame, config);
        if (decision.reason !== null) switches.push(i);
        state = decision.state;
      }
      // Up or down once to what fits, and once more when the margin has shrunk to what there is.
      expect(switches.filter((i) => i > 100)).toEqual([]);
    }),
    { numRuns: 100 },
  );
});
