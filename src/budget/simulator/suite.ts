import type { SubnetEntry } from '../../model/manifest.ts';
import type { Budget } from '../budget.ts';
import { policyNames, type Setting } from './controllers.ts';
import { simulateDevice } from './device.ts';
import { type Score, score } from './score.ts';
import { type SimulatedRun, simulateRun } from './simulate.ts';
import { traceSuite } from './traces.ts';

/** What cameras give. */
const intervalMs = 1000 / 30;

export interface SuiteOptions {
  readonly subnets: readonly SubnetEntry[];
  readonly budget: Budget;
  readonly seed: number;
}

export interface SuiteRun {
  readonly run: SimulatedRun;
  readonly score: Score;
}

/** Every policy on every trace, trace by trace; the same for the same options. */
export function* runSuite({ subnets, budget, seed }: SuiteOptions): Generator<SuiteRun> {
  const setting: Setting = { subnets: simulateDevice(subnets, seed), budget, intervalMs };
  for (const trace of traceSuite(seed)) {
    for (const policy of policyNames) {
      const run = simulateRun(policy, trace, setting, seed);
      yield { run, score: score(run, setting) };
    }
  }
}
