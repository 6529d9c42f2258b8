// What the policy's state says of the candidates: which fit, and which may run.
import { latencyLimitMs } from './budget.ts';
import type { Candidate } from './candidates.ts';
import { type Choice, choose } from './choice.ts';
import { pessimisticSlowdown } from './estimator.ts';
import type { PolicyConfig, PolicyState } from './policyTypes.ts';
import { computeShare, type Signals } from './signals.ts';

/** Whether more frames than may be are predicted to be late. */
export function isOver(state: PolicyState, config: PolicyConfig): boolean {
  const costMs = config.candidates[state.active]?.costMs ?? 0;
  return costMs * pessimisticSlowdown(state.estimate) > networkLimitMs(state, config);
}

/** @param headroom what predictions are multiplied with first */
export function chooseReady(state: PolicyState, config: PolicyConfig, headroom: number): Choice {
  return choosePool(state, config, headroom, readyPool(config.candidates));
}

export function choosePool(
  state: PolicyState,
  config: PolicyConfig,
  headroom: number,
  pool: readonly number[],
): Choice {
  const { share } = computeShare(config.budget, config.signals);
  const factor = headroom * pessimisticSlowdown(state.estimate);
  return choose(config.candidates, pool, factor, {
    networkMs: networkLimitMs(state, config),
    share,
  });
}

/** Those whose weights may be fetched; with Save-Data, none but what has to be. */
export function wantedPool(
  candidates: readonly Candidate[],
  { saveData }: Signals,
): readonly number[] {
  const allowed = [...candidates.keys()].filter((i) => candidates[i]!.allowed);
  const ready = allowed.filter((i) => candidates[i]!.ready);
  return saveData === true && ready.length > 0 ? ready : allowed;
}

export function networkLimitMs(
  { overheadMs }: PolicyState,
  { budget, intervalMs }: PolicyConfig,
): number {
  return latencyLimitMs(budget, intervalMs) - overheadMs;
}

export function readyPool(candidates: readonly Candidate[]): readonly number[] {
  return [...candidates.keys()].filter((i) => isReady(candidates, i));
}

export function isReady(candidates: readonly Candidate[], index: number): boolean {
  const candidate = candidates[index];
  return candidate?.allowed === true && candidate.ready;
}
