import type { SubnetEntry } from '../../model/manifest.ts';
import { gainsOf } from '../candidates.ts';
import { nominalCostMs } from '../costs.ts';
import { normal, seededRandom } from './noise.ts';

/** A subnet on a device that exists in numbers only. */
export interface SimulatedSubnet {
  readonly gain: number;
  /** What it takes without load and without noise, in milliseconds. */
  readonly trueMs: number;
  /** What calibration found. */
  readonly calibratedMs: number;
  readonly bitOps: number;
}

// How far kernels differ from what their multiply-adds say: our wasm kernels lie within 10 % of a common rate.
const kernelDeviation = 0.07;
// A median of five runs on a machine that does other things too.
const calibrationDeviation = 0.03;

/** The model's subnets on a mid-range phone: see `nominalCostMs`. */
export function simulateDevice(
  subnets: readonly SubnetEntry[],
  seed: number,
): readonly SimulatedSubnet[] {
  const random = seededRandom(seed);
  const gains = gainsOf(subnets);
  return subnets.map(({ cost, bits }, i) => {
    const trueMs = nominalCostMs(cost, bits) * Math.exp(kernelDeviation * normal(random));
    const calibratedMs = trueMs * Math.exp(calibrationDeviation * normal(random));
    return { gain: gains[i]!, trueMs, calibratedMs, bitOps: cost.bitOps };
  });
}
