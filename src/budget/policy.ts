import { latencyLimitMs } from './budget.ts';
import { forgetRecent, slowdown } from './estimator.ts';
import { choosePool, chooseReady, isReady, wantedPool } from './outlook.ts';
import type { Decision, PolicyConfig, PolicyState, Sample, SwitchReason } from './policyTypes.ts';
import { computeShare } from './signals.ts';
import {
  age,
  climb,
  climbHeadroom,
  fall,
  isDecided,
  isTooSlow,
  landing,
  landingHeadroom,
  moveTo,
  take,
  vote,
} from './transitions.ts';

// A host that asks for the impossible still sees something.
const mostPaceMs = 1000;
// No frame for so long: a pause, not a slow frame. Durations count no more than that.
const longestStepMs = 1000;

/**
 * What to run next: the subnet of most accuracy whose frames are predicted to meet the budget. It goes down at
 * once and up with patience; see docs/budgets.md. Whatever the sample says, the candidate is one that is allowed
 * and ready, and the state stays finite.
 */
export function step(state: PolicyState, sample: Sample, config: PolicyConfig): Decision {
  const { budget, signals, candidates } = config;
  const elapsedMs = elapsedSince(state.atMs, sample.atMs);
  const now: PolicyState = {
    ...state,
    atMs: Number.isFinite(sample.atMs) ? sample.atMs : state.atMs,
  };
  // What a hidden page measures says nothing of a visible one.
  if (signals.visible === false) {
    const resting = { ...now, estimate: forgetRecent(now.estimate), vote: null };
    if (sample.kind === 'change') {
      const { index } = chooseReady(resting, config, landingHeadroom);
      return decide(now, moveTo(resting, index), sample.reason, config);
    }
    if (isReady(candidates, now.active)) return decide(now, resting, null, config);
    return decide(now, moveTo(resting, landing(now, config)), 'unloaded', config);
  }
  const measured = sample.kind === 'frame' ? take(now, sample, elapsedMs, config) : now;
  const seen = age(measured, elapsedMs, config);
  if (sample.kind === 'change') {
    const { index } = chooseReady(seen, config, landingHeadroom);
    return decide(now, moveTo(seen, index), sample.reason, config);
  }
  const isUsable = isReady(candidates, seen.active);
  if (sample.kind === 'notice' && isUsable) return decide(now, seen, null, config);
  if (!isUsable || isTooSlow(seen, config)) {
    const index = landing(seen, config);
    if (index !== seen.active) {
      return decide(now, fall(seen, index, candidates), isUsable ? 'slower' : 'unloaded', config);
    }
  }
  const voted = vote(seen, elapsedMs, config);
  if (voted.vote === null || !isDecided(voted, candidates)) return decide(now, voted, null, config);
  const { index } = voted.vote;
  const isBetter = candidates[index]!.gain > candidates[seen.active]!.gain;
  if (isBetter) return decide(now, climb(voted, index), 'faster', config);
  const { because } = computeShare(budget, signals);
  return decide(now, moveTo(voted, index), because ?? 'slower', config);
}

function elapsedSince(beforeMs: number | null, atMs: number): number {
  if (beforeMs === null || !Number.isFinite(atMs)) return 0;
  return Math.min(longestStepMs, Math.max(0, atMs - beforeMs));
}

function decide(
  before: PolicyState,
  after: PolicyState,
  reason: SwitchReason | null,
  config: PolicyConfig,
): Decision {
  const { budget, signals, intervalMs, candidates } = config;
  const limitMs = latencyLimitMs(budget, intervalMs);
  // Said again only when it is met with room to spare.
  const ready = chooseReady(after, config, before.unmet ? climbHeadroom : 1);
  const wanted = choosePool(after, config, climbHeadroom, wantedPool(candidates, signals)).index;
  const { level } = after.estimate;
  const networkMs = candidates[after.active]!.costMs * slowdown(after.estimate);
  return {
    state: { ...after, unmet: !ready.fits },
    index: after.active,
    reason: after.active === before.active ? null : reason,
    wanted,
    unmet: !ready.fits ? 'latency' : ready.frames < 1 ? 'compute' : null,
    paceMs: paceMs(after.overheadMs + networkMs, limitMs, ready, config),
    limitMs,
    predictedMs: level === null ? null : after.overheadMs + networkMs,
  };
}

/**
 * Where the cheapest subnet is too slow, frames are left out until the worker is busy for no larger share of
 * the time than the budget meant; where it takes too much compute, until it takes its share.
 */
function paceMs(
  busyMs: number,
  limitMs: number,
  { fits, frames }: { readonly fits: boolean; readonly frames: number },
  { signals, intervalMs }: PolicyConfig,
): number {
  if (signals.visible === false) return Number.POSITIVE_INFINITY;
  const byLatency = fits ? 0 : busyMs * Math.max(1, intervalMs / limitMs);
  return Math.min(mostPaceMs, Math.max(byLatency, frames < 1 ? intervalMs / frames : 0));
}
