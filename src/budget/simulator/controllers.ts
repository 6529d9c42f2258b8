import { paretoFront } from '../../network/paretoFront.ts';
import { type Budget, latencyLimitMs } from '../budget.ts';
import type { Candidate } from '../candidates.ts';
import { type Correction, correct, correctedMs, noCorrection } from '../costCorrection.ts';
import { step } from '../policy.ts';
import type { PolicyState, Sample } from '../policyTypes.ts';
import { computeShare, type Signals } from '../signals.ts';
import { initialState, recalibrate } from '../transitions.ts';
import type { SimulatedSubnet } from './device.ts';

/** What a controller may know before a frame runs. */
export interface Outlook {
  readonly atMs: number;
  readonly signals: Signals;
  /** The factor on the frame's true cost, noise included: for the oracle alone. */
  readonly factor: number;
}

export interface Controller {
  /** The subnet for the frame that begins now. */
  next(outlook: Outlook): number;
  /** Tells how long it took. */
  ran(index: number, networkMs: number, overheadMs: number, outlook: Outlook): void;
  /** Least time from this frame's start to the next. */
  readonly paceMs: number;
}

export interface Setting {
  readonly subnets: readonly SimulatedSubnet[];
  readonly budget: Budget;
  readonly intervalMs: number;
}

export const policyNames = ['rtfq', 'largest', 'smallest', 'threshold', 'oracle'] as const;
export type PolicyName = (typeof policyNames)[number];

export function openController(name: PolicyName, setting: Setting): Controller {
  const { subnets } = setting;
  const front = paretoFront(
    [...subnets.keys()],
    (i) => subnets[i]!.trueMs,
    (i) => subnets[i]!.gain,
  );
  switch (name) {
    case 'rtfq':
      return new RtfqController(setting);
    case 'largest':
      return fixed(front.at(-1)!);
    case 'smallest':
      return fixed(front[0]!);
    case 'threshold':
      return new ThresholdController(setting, front);
    case 'oracle':
      return new OracleController(setting, front);
    default:
      return name satisfies never;
  }
}

class RtfqController implements Controller {
  readonly #setting: Setting;
  #candidates: readonly Candidate[];
  #state: PolicyState;
  #correction: Correction;
  #atMs = 0;
  #signals: Signals | null = null;
  paceMs = 0;

  constructor(setting: Setting) {
    this.#setting = setting;
    this.#correction = noCorrection(setting.subnets.length);
    this.#candidates = this.#costed();
    this.#state = initialState(0);
  }

  next({ atMs, signals }: Outlook): number {
    const isFirst = this.#signals === null;
    if (isFirst || JSON.stringify(signals) !== JSON.stringify(this.#signals)) {
      this.#signals = signals;
      const reason = isFirst ? 'budget' : 'battery';
      this.#step({ kind: 'change', atMs, reason }, signals);
    }
    return this.#state.active;
  }

  ran(index: number, networkMs: number, overheadMs: number, { atMs, signals }: Outlook): void {
    this.#correct(index, networkMs, atMs);
    this.#step({ kind: 'frame', atMs, index, networkMs, overheadMs }, signals);
  }

  #correct(index: number, networkMs: number, atMs: number): void {
    const { costMs } = this.#candidates[index]!;
    const { factors } = this.#correction;
    this.#correction = correct(this.#correction, index, networkMs / costMs, atMs - this.#atMs);
    this.#atMs = atMs;
    if (this.#correction.factors === factors) return;
    this.#candidates = this.#costed();
    this.#state = recalibrate(this.#state, costMs, this.#candidates[index]!.costMs);
  }

  #costed(): readonly Candidate[] {
    return this.#setting.subnets.map(({ gain, calibratedMs }, i) => ({
      gain,
      costMs: correctedMs(this.#correction, i, calibratedMs),
      allowed: true,
      ready: true,
    }));
  }

  #step(sample: Sample, signals: Signals): void {
    const { budget, intervalMs } = this.#setting;
    const config = { candidates: this.#candidates, budget, signals, intervalMs };
    const { state, paceMs } = step(this.#state, sample, config);
    this.#state = state;
    this.paceMs = paceMs;
  }
}

function fixed(index: number): Controller {
  return { next: () => index, ran: () => {}, paceMs: 0 };
}

// As such controllers are usually written: a step down when late, a step up when there is a third to spare.
const upBelow = 0.7;

/** Goes down a step after a late frame, and up a step after one that left a third of the time. */
class ThresholdController implements Controller {
  readonly #front: readonly number[];
  readonly #limitMs: number;
  #place: number;
  readonly paceMs = 0;

  constructor({ budget, intervalMs }: Setting, front: readonly number[]) {
    this.#front = front;
    this.#limitMs = latencyLimitMs(budget, intervalMs);
    this.#place = front.length - 1;
  }

  next(): number {
    return this.#front[this.#place]!;
  }

  ran(_index: number, networkMs: number, overheadMs: number): void {
    const shareOfLimit = (networkMs + overheadMs) / this.#limitMs;
    if (shareOfLimit > 1) this.#place = Math.max(0, this.#place - 1);
    else if (shareOfLimit < upBelow) {
      this.#place = Math.min(this.#front.length - 1, this.#place + 1);
    }
  }
}

/** Knows how long each subnet would take for the very next frame, and takes the best that is in time. */
class OracleController implements Controller {
  readonly #setting: Setting;
  readonly #front: readonly number[];
  readonly paceMs = 0;

  constructor(setting: Setting, front: readonly number[]) {
    this.#setting = setting;
    this.#front = front;
  }

  next({ factor, signals }: Outlook): number {
    const { subnets, budget, intervalMs } = this.#setting;
    const limitMs = latencyLimitMs(budget, intervalMs) - simulatedOverheadMs;
    const best = this.#bestWithin(limitMs / factor);
    const { share } = computeShare(budget, signals);
    return share < 1 ? this.#bestWithin(share * subnets[best]!.trueMs) : best;
  }

  ran(): void {}

  #bestWithin(mostMs: number): number {
    const { subnets } = this.#setting;
    const fitting = this.#front.filter((i) => subnets[i]!.trueMs <= mostMs);
    return fitting.at(-1) ?? this.#front[0]!;
  }
}

/** Reading a camera frame's pixels: measured 0.6 ms at 640 x 480. */
export const simulatedOverheadMs = 0.6;
