import { describe, expect, test } from 'vitest';
import type { Budget } from '../../../src/budget/budget.ts';
import type { Candidate } from '../../../src/budget/candidates.ts';
import { step } from '../../../src/budget/policy.ts';
import type {
  Decision,
  PolicyConfig,
  PolicyState,
  SwitchReason,
} from '../../../src/budget/policyTypes.ts';
import { type Signals, unknownSignals } from '../../../src/budget/signals.ts';
import { initialState } from '../../../src/budget/transitions.ts';

const frameMs = 1000 / 30;

/** A device whose frames take exactly `load` times their subnet's cost. */
class Bench {
  candidates: Candidate[] = [5, 10, 20, 28].map((costMs, i) => ({
    gain: 0.5 + 0.1 * i,
    costMs,
    allowed: true,
    ready: true,
  }));
  budget: Budget = { latencyMs: 33 };
  signals: Signals = unknownSignals;
  load = 1;
  overheadMs = 0;
  atMs = 0;
  state: PolicyState = initialState(0);
  last: Decision | null = null;
  readonly reasons: SwitchReason[] = [];

  get config(): PolicyConfig {
    const { candidates, budget, signals } = this;
    return { candidates, budget, signals, intervalMs: frameMs };
  }

  change(reason: SwitchReason): Decision {
    return this.#adopt(step(this.state, { kind: 'change', atMs: this.atMs, reason }, this.config));
  }

  /** Runs frames for so long; each index that ran. */
  run(seconds: number): readonly number[] {
    const ran: number[] = [];
    for (const endMs = this.atMs + 1000 * seconds; this.atMs < endMs; ) {
      const index = this.state.active;
      const networkMs = this.load * this.candidates[index]!.costMs;
      ran.push(index);
      this.atMs += Math.max(frameMs, networkMs);
      const { atMs, overheadMs } = this;
      const frame = { kind: 'frame', atMs, index, networkMs, overheadMs } as const;
      this.#adopt(step(this.state, frame, this.config));
    }
    return ran;
  }

  #adopt(decision: Decision): Decision {
    if (decision.reason !== null) this.reasons.push(decision.reason);
    this.state = decision.state;
    this.last = decision;
    return decision;
  }
}

function settled(budget: Budget = { latencyMs: 33 }): Bench {
  const bench = new Bench();
  bench.budget = budget;
  bench.change('budget');
  bench.run(5);
  return bench;
}

describe('within a budget', () => {
  test('the most accurate subnet that fits runs, the overhead counted', () => {
    expect(settled({ latencyMs: 33 }).state.active).toBe(3);
    expect(settled({ latencyMs: 15 }).state.active).toBe(1);
    expect(settled({}).state.active).toBe(3);
    const bench = new Bench();
    bench.overheadMs = 10;
    bench.run(5);
    expect(bench.state.active).toBe(2);
  });

  test('a frame rate and a share of it are latencies', () => {
    expect(settled({ fps: 60 }).state.active).toBe(1);
    expect(settled({ fps: 60, frameShare: 0.5 }).state.active).toBe(0);
    expect(settled({ frameShare: 0.7 }).state.active).toBe(2);
  });

  test('a change of the budget takes effect at once, both ways', () => {
    const bench = settled({ latencyMs: 33 });
    bench.budget = { latencyMs: 15 };
    expect(bench.change('budget')).toMatchObject({ index: 1, reason: 'budget' });
    bench.budget = { latencyMs: 33 };
    expect(bench.change('budget')).toMatchObject({ index: 3, reason: 'budget' });
  });
});

describe('under load', () => {
  test('two late frames, and no more, until a subnet runs that fits', () => {
    const bench = settled();
    bench.load = 2.5;
    const ran = bench.run(0.5);
    expect(ran.slice(0, 4)).toEqual([3, 3, 1, 1]);
    expect(bench.reasons.at(-1)).toBe('slower');
  });

  test('a single slow frame changes nothing', () => {
    const bench = settled();
    bench.load = 5;
    bench.run(0.01);
    bench.load = 1;
    expect(new Set(bench.run(2))).toEqual(new Set([3]));
  });

  test('the load gone, the best subnet is back within two seconds', () => {
    const bench = settled();
    bench.load = 2.5;
    bench.run(60);
    bench.load = 1;
    bench.run(2);
    expect(bench.state.active).toBe(3);
    expect(bench.reasons.at(-1)).toBe('faster');
  });

  test('after loads that build up slowly, too, the best subnet is back at once', () => {
    const bench = settled();
    for (let tooth = 0; tooth < 4; tooth++) {
      for (let i = 0; i < 200; i++) {
        bench.load = 1 + i / 100;
        bench.run(0.1);
      }
      bench.load = 1;
      bench.run(2.5);
      expect(bench.state.active, `after tooth ${tooth}`).toBe(3);
    }
  });

  test('what nothing can meet runs the cheapest, leaves frames out, says so, and recovers', () => {
    const bench = settled();
    bench.load = 20;
    bench.run(3);
    expect(bench.last).toMatchObject({ index: 0, unmet: 'latency' });
    // 100 ms a frame where 33 were meant: busy no more than all the time.
    expect(bench.last!.paceMs).toBeCloseTo(101, 0);
    bench.load = 1;
    bench.run(5);
    expect(bench.last).toMatchObject({ index: 3, unmet: null, paceMs: 0 });
  });

  test('a subnet that costs more than calibration said is tried ever less often', () => {
    const bench = settled();
    bench.candidates = bench.candidates.map((candidate, i) =>
      i === 3 ? { ...candidate, costMs: 24 } : candidate,
    );
    bench.load = 1.09;
    const minutes = [0, 1, 2].map(() => {
      const before = bench.reasons.length;
      for (let i = 0; i < 600; i++) {
        // The dearest takes 1.4 times as long as it is said to.
        bench.load = bench.state.active === 3 ? 1.4 : 1.09;
        bench.run(0.1);
      }
      return bench.reasons.length - before;
    });
    expect(minutes[2]).toBeLessThanOrEqual(6);
    expect(minutes[0]! + minutes[1]! + minutes[2]!).toBeGreaterThan(0);
  });
});

describe('on battery', () => {
  const at = (level: number, charging = false): Signals => ({
    ...unknownSignals,
    battery: { charging, level },
  });

  test('the compute falls with the level: smaller subnets, and in the end fewer frames', () => {
    const bench = settled();
    bench.signals = at(0.4);
    expect(bench.change('battery')).toMatchObject({ index: 2, reason: 'battery', unmet: null });
    bench.signals = at(0.05);
    expect(bench.change('battery')).toMatchObject({ index: 0, paceMs: 0 });
    bench.candidates = bench.candidates.slice(2);
    bench.state = { ...bench.state, active: 0 };
    const { paceMs, unmet } = bench.change('battery');
    // A quarter of 28 ms a frame, and the cheapest takes 20.
    expect(paceMs).toBeCloseTo((frameMs * 20) / 7, 6);
    expect(unmet).toBe('compute');
  });

  test.each([
    ['on the charger', at(0.1, true), {}],
    ['unknown', unknownSignals, {}],
    ['ignored', at(0.1), { battery: 'ignore' as const }],
    ['of no meaning', at(Number.NaN), {}],
  ])('nothing is saved where the battery is %s', (_, signals, budget) => {
    const bench = settled();
    bench.signals = signals;
    bench.budget = { latencyMs: 33, ...budget };
    expect(bench.change('battery')).toMatchObject({ index: 3, paceMs: 0 });
  });

  test('a host may bring its own curve', () => {
    const bench = settled();
    bench.signals = at(0.9);
    bench.budget = { latencyMs: 33, battery: [{ level: 1, share: 0.4 }] };
    expect(bench.change('battery').index).toBe(1);
  });
});

describe('other signals', () => {
  test('serious pressure forbids climbs, critical pressure halves the compute', () => {
    const bench = settled();
    bench.load = 2.5;
    bench.run(2);
    bench.load = 1;
    bench.signals = { ...unknownSignals, pressure: 'serious' };
    bench.run(10);
    expect(bench.state.active).toBe(1);
    bench.budget = { latencyMs: 33, thermal: 'ignore' };
    bench.run(10);
    expect(bench.state.active).toBe(3);
    bench.budget = { latencyMs: 33 };
    bench.signals = { ...unknownSignals, pressure: 'critical' };
    expect(bench.change('pressure')).toMatchObject({ index: 1, reason: 'pressure' });
  });

  test('a hidden page runs no frame, and its timings count for nothing', () => {
    const bench = settled();
    const { level } = bench.state.estimate;
    bench.signals = { ...unknownSignals, visible: false };
    bench.load = 50;
    bench.run(2);
    expect(bench.last).toMatchObject({ index: 3, paceMs: Number.POSITIVE_INFINITY });
    expect(bench.state.estimate.level).toBe(level);
    bench.budget = { latencyMs: 15 };
    expect(bench.change('budget')).toMatchObject({ index: 1, reason: 'budget' });
    bench.budget = { latencyMs: 33 };
    bench.change('budget');
    bench.signals = { ...unknownSignals, visible: true };
    bench.load = 1;
    expect(new Set(bench.run(2))).toEqual(new Set([3]));
  });

  test('what is worth loading is the best that would fit; with Save-Data only what is there', () => {
    const bench = settled();
    bench.candidates = bench.candidates.map((candidate, i) => ({ ...candidate, ready: i < 2 }));
    expect(bench.change('unloaded')).toMatchObject({ index: 1, wanted: 3, reason: 'unloaded' });
    bench.signals = { ...unknownSignals, saveData: true };
    expect(bench.change('budget').wanted).toBe(1);
    bench.signals = unknownSignals;
    bench.candidates = bench.candidates.map((candidate) => ({ ...candidate, ready: true }));
    expect(bench.change('loaded')).toMatchObject({ index: 3, reason: 'loaded' });
  });
});
