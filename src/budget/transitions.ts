// How the policy's state changes, one idea a function.
import { latencyLimitMs } from './budget.ts';
import type { Candidate } from './candidates.ts';
import { observe, pessimisticSlowdown, slowdown, unknownEstimate } from './estimator.ts';
import { choosePool, isOver, isReady, networkLimitMs, readyPool } from './outlook.ts';
import type { Block, PolicyConfig, PolicyState, Sample } from './policyTypes.ts';
import { computeShare, type Signals } from './signals.ts';

// A better subnet must fit with so much to spare, so that noise in the estimate (2 to 3 % once frames are averaged)
// does not undo it at once; what does is left to the back-off.
export const climbHeadroom = 1.03;
// On the way down, to where it need not go on.
export const landingHeadroom = 1.02;
// Predicted so far above the limit frames are late often enough to act on one prediction ...
const clearlyOver = 1.1;
// ... and below that only if it stays so: the half second within which a change has to be felt.
const overHoldMs = 500;
// A better choice has to hold so long: long against noise, short against the 10 s within which an ended load has
// to be used.
const patienceMs = 1000;
// The less there is to gain, the longer: half a point of accuracy is worth a climb at once, a fraction has to hold
// so many times as long.
const fullGain = 0.005;
const mostPatience = 4;
const leastVotes = 3;
// After the first climb in vain, and at most: two such climbs a minute are four switches, within the six
// that nobody minds.
const leastBackoffMs = 6000;
const mostBackoffMs = 32_000;
// Whatever was predicted: of ordinary frames one in a thousand pairs is late.
const mostLateInARow = 2;
// A climb that holds so long was none in vain.
const trialMs = 20_000;
// A level that rose by a third since a climb is a new load, no misjudgement of the climb: idle machines wander by a
// fifth within seconds.
const newLoad = Math.log(1.3);
// Unless it rose at once: then the costs of the two subnets were wrong.
const coincidenceMs = 2000;
// A level that is lower by a seventh than at the climb that failed, or by a third than since: the load is gone.
const relief = Math.log(1.15);
const reliefFromPeak = Math.log(1.3);
// Reading pixels takes about the same for every frame: ten frames of memory.
const overheadGain = 0.1;
const mostOverheadMs = 1e6;

export function initialState(active: number): PolicyState {
  return {
    active,
    estimate: unknownEstimate,
    overheadMs: 0,
    atMs: null,
    lateInARow: 0,
    overMs: 0,
    vote: null,
    trial: null,
    block: null,
    unmet: false,
  };
}

/** What a frame's time says. */
export function take(
  state: PolicyState,
  { index, networkMs, overheadMs }: Extract<Sample, { kind: 'frame' }>,
  elapsedMs: number,
  { candidates, budget, intervalMs }: PolicyConfig,
): PolicyState {
  const candidate = candidates[index];
  if (candidate === undefined) return state;
  const isLate = networkMs + overheadMs > latencyLimitMs(budget, intervalMs);
  return {
    ...state,
    estimate: observe(state.estimate, networkMs / candidate.costMs, elapsedMs),
    overheadMs: smoothOverhead(state.overheadMs, overheadMs),
    lateInARow: isLate && index === state.active ? state.lateInARow + 1 : 0,
  };
}

function smoothOverhead(knownMs: number, newMs: number): number {
  if (!(newMs >= 0)) return knownMs;
  // A frame that was read while the browser collected garbage is no rule.
  const ordinaryMs = Math.min(newMs, 3 * knownMs + 1, mostOverheadMs);
  return knownMs + overheadGain * (ordinaryMs - knownMs);
}

/** Lets time pass for what waits. */
export function age(state: PolicyState, elapsedMs: number, config: PolicyConfig): PolicyState {
  const { trial, overMs } = state;
  const isOld = trial !== null && trial.ageMs + elapsedMs >= trialMs;
  return {
    ...state,
    overMs: isOver(state, config) ? overMs + elapsedMs : 0,
    trial: trial === null || isOld ? null : { ...trial, ageMs: trial.ageMs + elapsedMs },
    block: ageBlock(state, elapsedMs, config),
  };
}

function ageBlock(
  { block, trial, estimate, active }: PolicyState,
  elapsedMs: number,
  { candidates }: PolicyConfig,
): Block | null {
  if (block === null) return null;
  const level = estimate.level ?? 0;
  const peak = Math.max(block.peak, level);
  const isRelieved = level < block.level - relief || level < peak - reliefFromPeak;
  const isDisproved = trial === null && (candidates[active]?.costMs ?? 0) >= block.costMs;
  if (isRelieved || isDisproved) return null;
  return { ...block, peak, leftMs: Math.max(0, block.leftMs - elapsedMs) };
}

/** Whether the active one has to be left at once. */
export function isTooSlow(state: PolicyState, config: PolicyConfig): boolean {
  const { costMs } = config.candidates[state.active]!;
  const limitMs = networkLimitMs(state, config);
  const likelyMs = costMs * slowdown(state.estimate);
  const pessimisticMs = costMs * pessimisticSlowdown(state.estimate);
  return (
    likelyMs > limitMs ||
    pessimisticMs > clearlyOver * limitMs ||
    state.overMs > overHoldMs ||
    state.lateInARow >= mostLateInARow
  );
}

/** Where to go when the active one cannot run or is too slow: never to a dearer one for being too slow. */
export function landing(state: PolicyState, config: PolicyConfig): number {
  const { candidates } = config;
  const pool = readyPool(candidates);
  if (!pool.includes(state.active)) return choosePool(state, config, landingHeadroom, pool).index;
  const { costMs } = candidates[state.active]!;
  const cheaper = pool.filter((i) => candidates[i]!.costMs < costMs);
  if (cheaper.length === 0) return state.active;
  return choosePool(state, config, landingHeadroom, cheaper).index;
}

/** Counts for how long the same better choice, or a better one, has been there. */
export function vote(state: PolicyState, elapsedMs: number, config: PolicyConfig): PolicyState {
  const { candidates, signals, budget } = config;
  const costMs = candidates[state.active]!.costMs;
  const { index } = choosePool(state, config, climbHeadroom, climbPool(state, candidates));
  const isBetter = candidates[index]!.gain > candidates[state.active]!.gain;
  const saves = computeShare(budget, signals).share < 1 && candidates[index]!.costMs < costMs;
  const climbs = isBetter && !(budget.thermal !== 'ignore' && isHot(signals));
  if (index === state.active || !(saves || climbs)) return { ...state, vote: null };
  const held = state.vote !== null && isReady(candidates, state.vote.index) ? state.vote : null;
  const wasSaving = held !== null && candidates[held.index]!.gain < candidates[state.active]!.gain;
  if (held === null || wasSaving === isBetter) {
    return { ...state, vote: { index, heldMs: 0, frames: 1 } };
  }
  const lowest = candidates[index]!.gain < candidates[held.index]!.gain ? index : held.index;
  const heldMs = held.heldMs + elapsedMs;
  return { ...state, vote: { index: lowest, heldMs, frames: held.frames + 1 } };
}

/** No time to ask for more. */
function isHot({ pressure }: Signals): boolean {
  return pressure === 'serious' || pressure === 'critical';
}

/** Whether a vote has been held long enough. */
export function isDecided(
  { vote: held, active }: PolicyState,
  candidates: readonly Candidate[],
): boolean {
  if (held === null || held.frames < leastVotes) return false;
  const gain = candidates[held.index]!.gain - candidates[active]!.gain;
  const patience = gain > 0 ? Math.min(mostPatience, Math.max(1, fullGain / gain)) : 1;
  return held.heldMs >= patience * patienceMs;
}

export function moveTo(state: PolicyState, index: number): PolicyState {
  return { ...state, active: index, lateInARow: 0, overMs: 0, vote: null };
}

export function climb(state: PolicyState, index: number): PolicyState {
  return { ...moveTo(state, index), trial: { ageMs: 0, level: state.estimate.level ?? 0 } };
}

/** A fall soon after a climb, on a device that is as fast as then, blocks the way for twice as long as before. */
export function fall(
  state: PolicyState,
  index: number,
  candidates: readonly Candidate[],
): PolicyState {
  const next = { ...moveTo(state, index), trial: null };
  const { trial, estimate, block } = state;
  const isNewLoad = (estimate.level ?? 0) > (trial?.level ?? 0) + newLoad;
  if (trial === null || (isNewLoad && trial.ageMs >= coincidenceMs)) return next;
  const backoffMs = Math.min(mostBackoffMs, block === null ? leastBackoffMs : 2 * block.backoffMs);
  const costMs = candidates[state.active]!.costMs;
  const { level } = trial;
  const peak = estimate.level ?? 0;
  return { ...next, block: { costMs, level, peak, leftMs: backoffMs, backoffMs } };
}

/** The ready candidates, without those that a failed climb blocks. */
function climbPool({ block, active }: PolicyState, candidates: readonly Candidate[]) {
  const pool = readyPool(candidates);
  if (block === null || block.leftMs <= 0) return pool;
  return pool.filter((i) => i === active || candidates[i]!.costMs < block.costMs);
}

/** The active one's cost was measured anew: what its frames took says something else of the device now. */
export function recalibrate(state: PolicyState, fromMs: number, toMs: number): PolicyState {
  const { level } = state.estimate;
  if (level === null || !(fromMs > 0 && toMs > 0)) return state;
  const shift = -Math.log(toMs / fromMs);
  const { trial, block } = state;
  return {
    ...state,
    estimate: { ...state.estimate, level: level + shift, recent: [] },
    trial: trial && { ...trial, level: trial.level + shift },
    block: block && { ...block, level: block.level + shift, peak: block.peak + shift },
  };
}
