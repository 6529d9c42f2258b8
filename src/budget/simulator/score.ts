import { type Setting, simulatedOverheadMs } from './controllers.ts';
import { type SimulatedFrame, type SimulatedRun, scatter95 } from './simulate.ts';

/** What `rtfq simulate --json` prints of one policy on one trace. */
export interface Score {
  readonly policy: string;
  readonly trace: string;
  /** Share of frames in time, 0 to 1, of those that any subnet could have had in time. */
  readonly inBudget: number;
  /** Mean over the frames of their subnets' recorded accuracy, 0 to 1. */
  readonly accuracy: number;
  readonly switchesPerMinute: number;
  /** From the end of the load until the best subnet that can be held runs; null without such an end, or never. */
  readonly recoverySeconds: number | null;
  /** Most late frames in a row, later than the reaction time after a step of the load. */
  readonly lateInARow: number;
}

// A policy may take so long to find out where it is.
const settlingMs = 2000;
// "A real change is felt within half a second."
const reactionMs = 500;
// Within half of what the mean may lie below the oracle's.
const goodEnough = 0.005;

export function score(run: SimulatedRun, { subnets }: Pick<Setting, 'subnets'>): Score {
  const { policy, trace, limitMs } = run;
  const settled = run.frames.filter(({ atMs }) => atMs >= settlingMs);
  const feasible = settled.filter((frame) => frame.feasible);
  const late = feasible.filter(({ busyMs }) => busyMs > limitMs).length;
  const switches = settled.filter((frame, i) => i > 0 && frame.index !== settled[i - 1]!.index);
  const gains = settled.reduce((sum, { index }) => sum + subnets[index]!.gain, 0);
  return {
    policy,
    trace: trace.name,
    inBudget: 1 - late / feasible.length,
    accuracy: gains / settled.length,
    switchesPerMinute: (60 * switches.length) / (trace.seconds - settlingMs / 1000),
    recoverySeconds: recoverySeconds(run, subnets),
    lateInARow: lateInARow(settled, trace.stepsAtSeconds, limitMs),
  };
}

function recoverySeconds(
  { trace, frames, limitMs }: SimulatedRun,
  subnets: Setting['subnets'],
): number | null {
  const end = trace.loadEndsAtSeconds;
  if (end === undefined) return null;
  const slowdown = trace.slowdown(end) * scatter95(trace);
  const held = subnets.filter(({ trueMs }) => trueMs * slowdown + simulatedOverheadMs <= limitMs);
  const best = Math.max(...held.map(({ gain }) => gain));
  const recovered = frames.find(
    ({ atMs, index }) => atMs >= 1000 * end && subnets[index]!.gain >= best - goodEnough,
  );
  return recovered === undefined ? null : recovered.atMs / 1000 - end;
}

function lateInARow(
  frames: readonly SimulatedFrame[],
  steps: readonly number[],
  limitMs: number,
): number {
  let most = 0;
  let row = 0;
  for (const { atMs, busyMs, feasible } of frames) {
    const isNew = steps.some((at) => atMs >= 1000 * at && atMs < 1000 * at + reactionMs);
    row = !isNew && feasible && busyMs > limitMs ? row + 1 : 0;
    most = Math.max(most, row);
  }
  return most;
}
