import { type Budget, latencyLimitMs } from '../budget/budget.ts';
import { type Candidate, gainsOf } from '../budget/candidates.ts';
import {
  type Correction,
  correct,
  correctedMs,
  interrupt,
  noCorrection,
} from '../budget/costCorrection.ts';
import { slowdown } from '../budget/estimator.ts';
import { step } from '../budget/policy.ts';
import type {
  Decision,
  PolicyConfig,
  PolicyState,
  Sample,
  SwitchReason,
} from '../budget/policyTypes.ts';
import type { Signals } from '../budget/signals.ts';
import { initialState, recalibrate } from '../budget/transitions.ts';
import type { Session } from '../runtime/session.ts';
import type { Calibration } from './calibration.ts';

// The estimate has forgotten the subnet before.
const settledFrames = 8;

/** What a decision depends on besides the frames. */
export interface Situation {
  readonly allowed: ReadonlySet<number>;
  readonly budget: Budget;
  readonly signals: Signals;
  /** Time from one offered frame to the next. */
  readonly intervalMs: number;
}

export interface DriverOptions {
  readonly session: Session;
  readonly calibration: Calibration;
  readonly now: () => number;
  /** Whether a subnet that is not ready cannot be had for now. */
  readonly isHeldBack: (index: number) => boolean;
}

/** The policy's state, and the session on the subnet that the policy decides for. */
export class PolicyDriver {
  readonly #options: DriverOptions;
  readonly #gains: readonly number[];
  #situation: Situation;
  #state: PolicyState;
  #correction: Correction;
  #candidates: readonly Candidate[] | null = null;
  #framesAtMs: number | null = null;
  #measuredSlowdown = 1;
  #framesOfActive = 0;

  /** @param first the subnet that is active */
  constructor(options: DriverOptions, situation: Situation, first: number) {
    const { subnets } = options.session;
    this.#options = options;
    this.#situation = situation;
    this.#gains = gainsOf(subnets);
    this.#state = initialState(first);
    this.#correction = noCorrection(subnets.length);
  }

  get situation(): Situation {
    return this.#situation;
  }

  get active(): number {
    return this.#state.active;
  }

  get isHidden(): boolean {
    return this.#situation.signals.visible === false;
  }

  /** For all that the worker does for a frame; infinite where the budget names none. */
  get limitMs(): number {
    return latencyLimitMs(this.#situation.budget, this.#situation.intervalMs);
  }

  /**
   * How much slower than calibrated the device is, as frames of a subnet say whose cost was measured: those of
   * another one tell how wrong its cost is, too. 1 before there were any.
   */
  get measuredSlowdown(): number {
    return this.#measuredSlowdown;
  }

  /** Whether predictions rest on frames. */
  get hasSeenFrames(): boolean {
    return this.#state.estimate.level !== null;
  }

  get candidates(): readonly Candidate[] {
    this.#candidates ??= this.#buildCandidates();
    return this.#candidates;
  }

  /** To be called when something was loaded, given back, or failed to load. */
  refresh(): void {
    this.#candidates = null;
  }

  update(situation: Partial<Situation>): void {
    this.#situation = { ...this.#situation, ...situation };
    if (situation.allowed !== undefined) this.refresh();
    if (this.isHidden) this.#correction = interrupt(this.#correction);
  }

  frame(index: number, networkMs: number, overheadMs: number): Decision {
    this.#correct(index, networkMs);
    const decision = this.#step({
      kind: 'frame',
      atMs: this.#now(),
      index,
      networkMs,
      overheadMs,
    });
    this.#learnSlowdown(index);
    return decision;
  }

  change(reason: SwitchReason): Decision {
    return this.#step({ kind: 'change', atMs: this.#now(), reason });
  }

  notice(): Decision {
    return this.#step({ kind: 'notice', atMs: this.#now() });
  }

  /** To be called when calibration has changed: the frames' times mean another slow-down now. */
  adoptCosts(): void {
    const { active } = this.#state;
    const fromMs = this.candidates[active]!.costMs;
    this.refresh();
    this.#state = recalibrate(this.#state, fromMs, this.candidates[active]!.costMs);
    this.#learnSlowdown(active);
  }

  #learnSlowdown(index: number): void {
    this.#framesOfActive = index === this.#state.active ? this.#framesOfActive + 1 : 0;
    if (this.#framesOfActive < settledFrames) return;
    if (this.#options.calibration.measuredMs[index] === null) return;
    this.#measuredSlowdown = slowdown(this.#state.estimate);
  }

  #now(): number {
    return this.#options.now();
  }

  #correct(index: number, networkMs: number): void {
    const atMs = this.#now();
    const elapsedMs = this.#framesAtMs === null ? 0 : Math.max(0, atMs - this.#framesAtMs);
    this.#framesAtMs = atMs;
    const { factors } = this.#correction;
    const ratio = networkMs / this.candidates[index]!.costMs;
    this.#correction = correct(this.#correction, index, ratio, elapsedMs);
    if (this.#correction.factors !== factors) this.adoptCosts();
  }

  #step(sample: Sample): Decision {
    const { budget, signals, intervalMs } = this.#situation;
    const config: PolicyConfig = { candidates: this.candidates, budget, signals, intervalMs };
    const decision = step(this.#state, sample, config);
    const isOther = decision.index !== this.#state.active;
    this.#state = decision.state;
    const { session } = this.#options;
    if (isOther) session.activate(session.subnets[decision.index]!);
    return decision;
  }

  #buildCandidates(): readonly Candidate[] {
    const { session, calibration, isHeldBack } = this.#options;
    const { costs } = calibration;
    return session.subnets.map((subnet, i) => {
      const ready = session.isPrepared(subnet);
      return {
        gain: this.#gains[i]!,
        costMs: correctedMs(this.#correction, i, costs[i]!),
        allowed: this.#situation.allowed.has(i) && (ready || !isHeldBack(i)),
        ready,
      };
    });
  }
}
