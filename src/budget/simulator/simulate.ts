import { latencyLimitMs } from '../budget.ts';
import { unknownSignals } from '../signals.ts';
import {
  openController,
  type PolicyName,
  type Setting,
  simulatedOverheadMs,
} from './controllers.ts';
import { normal, seededRandom } from './noise.ts';
import { outlierFactor, type Trace } from './traces.ts';

/** One frame of a simulated run. */
export interface SimulatedFrame {
  readonly atMs: number;
  readonly index: number;
  readonly busyMs: number;
  /** Whether any subnet is in time 95 times of 100 at that level of load. */
  readonly feasible: boolean;
}

export interface SimulatedRun {
  readonly policy: PolicyName;
  readonly trace: Trace;
  readonly limitMs: number;
  readonly frames: readonly SimulatedFrame[];
}

/**
 * Offers a camera's frames to a policy on a simulated device; the newest frame wins, as in the client. Noise
 * belongs to the frame's place in time, so that every policy meets the same.
 */
export function simulateRun(
  policy: PolicyName,
  trace: Trace,
  setting: Setting,
  seed: number,
): SimulatedRun {
  const { subnets, intervalMs, budget } = setting;
  const controller = openController(policy, setting);
  const limitMs = latencyLimitMs(budget, intervalMs);
  const endMs = 1000 * trace.seconds;
  const noise = frameNoise(trace, Math.ceil(endMs / intervalMs) + 1, seed);
  const leastMs = Math.min(...subnets.map(({ trueMs }) => trueMs));
  const frames: SimulatedFrame[] = [];
  for (let startMs = 0; startMs < endMs; ) {
    const seconds = startMs / 1000;
    const level = trace.slowdown(seconds);
    const factor = level * noise[Math.floor(startMs / intervalMs)]!;
    const signals = { ...unknownSignals, battery: trace.battery?.(seconds) ?? null };
    const index = controller.next({ atMs: startMs, signals, factor });
    const networkMs = subnets[index]!.trueMs * factor;
    const busyMs = networkMs + simulatedOverheadMs;
    const finishMs = startMs + busyMs;
    const feasible = leastMs * level * scatter95(trace) + simulatedOverheadMs <= limitMs;
    frames.push({ atMs: startMs, index, busyMs, feasible });
    controller.ran(index, networkMs, simulatedOverheadMs, { atMs: finishMs, signals, factor });
    // A frame that came meanwhile waits, and runs at once.
    const nextTickMs = (Math.floor(startMs / intervalMs) + 1) * intervalMs;
    startMs = Math.max(finishMs, nextTickMs, startMs + controller.paceMs);
  }
  return { policy, trace, limitMs, frames };
}

/** The factor that 95 of 100 ordinary frames stay below. */
export function scatter95({ deviation }: Pick<Trace, 'deviation'>): number {
  return Math.exp(normal95 * deviation);
}

const normal95 = 1.645;

function frameNoise({ deviation, outliers }: Trace, count: number, seed: number): Float64Array {
  const random = seededRandom(seed);
  return Float64Array.from({ length: count }, () => {
    const ordinary = Math.exp(deviation * normal(random));
    return random() < outliers ? outlierFactor * ordinary : ordinary;
  });
}
