import type { Decision, SwitchReason } from '../budget/policyTypes.ts';
import { computeShare, type Signals } from '../budget/signals.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { ReadOptions } from '../model/reader.ts';
import { formatSubnet, type Subnet } from '../network/subnet.ts';
import type { Session } from '../runtime/session.ts';
import { Background } from './background.ts';
import { BackgroundWork, loadKey } from './backgroundWork.ts';
import { Calibration, calibrationFrame } from './calibration.ts';
import type { CalibrationStore } from './calibrationStore.ts';
import { choicesOf, type Wish } from './choices.ts';
import { firstSubnet } from './firstSubnet.ts';
import { type Clock, FrameGaps } from './frameGaps.ts';
import { Memory } from './memory.ts';
import type { FrameReport, MonitorEvents, MonitorOptions, RanFrame } from './monitorTypes.ts';
import { PolicyDriver, type Situation } from './policyDriver.ts';
import { SwitchLog } from './switchLog.ts';
import { type Unmet, UnmetWatch } from './unmetWatch.ts';

// What cameras give, before it is known what this one gives.
const startIntervalMs = 1000 / 30;

/**
 * Holds the budget: after each frame the policy decides which subnet the next one runs on. Subnets are loaded,
 * compiled and measured beside the frames; the switch itself is one assignment.
 */
export class BudgetMonitor {
  readonly #session: Session;
  readonly #events: MonitorEvents;
  readonly #calibration: Calibration;
  readonly #memory: Memory;
  readonly #driver: PolicyDriver;
  readonly #background: Background;
  readonly #gaps: FrameGaps;
  readonly #switches = new SwitchLog();
  readonly #clock: Clock;
  readonly #unmet: UnmetWatch;
  #store: CalibrationStore;
  #wish: Wish;
  #fitsMemory: boolean;
  #decision: Decision;
  #frame: RgbaFrame | null = null;
  /** Number of the newest change of each kind that holds. */
  readonly #applied = { pin: 0, budget: 0 };
  #changes = 0;

  /**
   * Prepares the first subnet: of the smallest weights that the budget allows, so that classifying begins early.
   * @throws RtfqError `INVALID_ARGUMENT` | `UNKNOWN_SUBNET` | `MODEL_*` | `ABORTED`
   */
  static async open(
    options: MonitorOptions,
    wish: Wish,
    signals: Signals,
    reading: ReadOptions = {},
  ): Promise<BudgetMonitor> {
    const { session, store } = options;
    const memory = new Memory(session);
    const { allowed, fitsMemory } = choicesOf(session.subnets, wish, (s) => memory.aloneBytes(s));
    const calibration = new Calibration(session, await store.read());
    const situation = { allowed, budget: wish.budget, signals, intervalMs: startIntervalMs };
    const first = firstSubnet(session.model.manifest, calibration.costs, situation);
    await session.switchTo(session.subnets[first]!, reading);
    memory.touch(session.subnets[first]!);
    const parts = { memory, calibration, situation, first, wish, fitsMemory };
    return new BudgetMonitor(options, parts);
  }

  private constructor(
    { session, store, clock, events }: MonitorOptions,
    parts: {
      readonly memory: Memory;
      readonly calibration: Calibration;
      readonly situation: Situation;
      readonly first: number;
      readonly wish: Wish;
      readonly fitsMemory: boolean;
    },
  ) {
    const { memory, calibration, situation, first } = parts;
    this.#session = session;
    this.#events = events;
    this.#memory = memory;
    this.#calibration = calibration;
    this.#store = store;
    this.#clock = clock;
    this.#wish = parts.wish;
    this.#fitsMemory = parts.fitsMemory;
    this.#gaps = new FrameGaps(clock);
    this.#background = new Background({
      now: clock.now,
      wakeAfter: clock.wakeAfter,
      next: (isHeldBack) => {
        // What was held back may be wanted again, or the other way round.
        driver.refresh();
        this.#adopt(driver.notice());
        return work.next(this.#decision.wanted, isHeldBack);
      },
      onFailure: (error, { key }, retryMs) => {
        if (key.startsWith('load')) events.onLoadError(error, retryMs);
      },
    });
    const isHeldBack = (index: number) =>
      this.#background.isHeldBack(loadKey(session.subnets[index]!.bits));
    const driver = new PolicyDriver(
      { session, calibration, now: clock.now, isHeldBack },
      situation,
      first,
    );
    const work = new BackgroundWork({
      session,
      driver,
      memory,
      calibration,
      gap: () => this.#gaps.next(),
      frame: () => {
        this.#frame ??= calibrationFrame();
        return this.#frame;
      },
      onProgress: events.onProgress,
      onLoaded: (index) => this.#loaded(index),
      onMeasured: () => {
        events.onMeasured(calibration.measuredMs);
        void this.#store.write(calibration.record);
      },
    });
    this.#driver = driver;
    this.#unmet = new UnmetWatch((unmet) =>
      events.onUnmet(unmet, driver.limitMs, this.#decision.predictedMs),
    );
    this.#decision = driver.change('budget');
    this.#tellUnmet(false);
  }

  get active(): Subnet {
    const { width, resolution, bits } = this.#session.active!;
    return { width, resolution, bits };
  }

  /** Least time from one frame's start to the next; infinite while the page is hidden. */
  get paceMs(): number {
    return this.#decision.paceMs;
  }

  get measuredMs(): readonly (number | null)[] {
    return this.#calibration.measuredMs;
  }

  /** Begins to load and to measure beside the frames. */
  start(): void {
    this.#background.poke();
  }

  /** To be called after each frame, before the next one runs. */
  ran({ subnet, pixels, networkMs, overheadMs, intervalMs }: RanFrame): FrameReport {
    const index = this.#indexOf(subnet);
    this.#frame = pixels;
    this.#driver.update({ intervalMs });
    const { limitMs } = this.#driver;
    const switched = this.#switches.ran(index, networkMs + overheadMs);
    this.#adopt(this.#driver.frame(index, networkMs, overheadMs));
    this.#tellUnmet(false);
    this.#gaps.frameEnded();
    return { limitMs, switched };
  }

  /**
   * Changes the pin or the budget. It holds from the next frame on where a subnet that is allowed is ready, and
   * resolves then; otherwise one is loaded first, and what fails leaves everything as it was. Of two changes of
   * the same kind the later call wins.
   * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` | `MODEL_*` | `DISPOSED`
   */
  async change(kind: keyof Wish, change: Partial<Wish>): Promise<void> {
    this.#changes += 1;
    const number = this.#changes;
    while (number > this.#applied[kind]) {
      const wish = { ...this.#wish, ...change };
      const choices = choicesOf(this.#session.subnets, wish, (s) => this.#memory.aloneBytes(s));
      const { allowed } = choices;
      const isReady = [...allowed].some((i) => this.#session.isPrepared(this.#session.subnets[i]!));
      if (isReady) {
        this.#applied[kind] = number;
        this.#wish = wish;
        this.#fitsMemory = choices.fitsMemory;
        this.#driver.update({ allowed, budget: wish.budget });
        this.#adopt(this.#driver.change(kind));
        this.#trim();
        this.#tellUnmet(true);
        this.#background.poke();
        return;
      }
      const { manifest } = this.#session.model;
      const situation = { ...this.#driver.situation, allowed, budget: wish.budget };
      const first = firstSubnet(manifest, this.#calibration.costs, situation);
      await this.#prepare(first);
    }
  }

  setSignals(signals: Signals): void {
    const { budget, signals: before } = this.#driver.situation;
    const was = computeShare(budget, before);
    const is = computeShare(budget, signals);
    this.#driver.update({ signals });
    const reason: SwitchReason = is.because ?? was.because ?? 'battery';
    const isOther = is.share !== was.share;
    this.#adopt(isOther ? this.#driver.change(reason) : this.#driver.notice());
    this.#tellUnmet(isOther);
    this.#background.poke();
  }

  /** To be called when another kind of backend runs the session: what was measured does not hold for it. */
  async backendReplaced(store: CalibrationStore): Promise<void> {
    const stored = await store.read();
    this.#store = store;
    this.#calibration.restart(stored);
    this.#driver.adoptCosts();
    this.#events.onMeasured(this.#calibration.measuredMs);
    this.#background.poke();
  }

  async #prepare(index: number): Promise<void> {
    const subnet = this.#session.subnets[index]!;
    await this.#session.prepare(subnet, {
      onProgress: this.#events.onProgress,
      pause: () => new Promise((resolve) => this.#clock.wakeAfter(0, resolve)),
    });
    this.#memory.touch(subnet);
    this.#driver.refresh();
  }

  #loaded(index: number): void {
    this.#memory.touch(this.#session.subnets[index]!);
    this.#driver.refresh();
    const isWanted = this.#decision.wanted === index;
    this.#adopt(isWanted ? this.#driver.change('loaded') : this.#driver.notice());
    this.#trim();
    this.#tellUnmet(false);
    this.#events.onLoaded();
  }

  #trim(): void {
    const { maxBytes } = this.#wish.budget;
    if (maxBytes !== undefined && this.#memory.trim(maxBytes)) this.#driver.refresh();
  }

  #adopt(decision: Decision): void {
    this.#decision = decision;
    if (decision.reason !== null) {
      this.#memory.touch(this.#session.subnets[decision.index]!);
      this.#switches.decided(decision.reason, decision.predictedMs);
    }
    if (!this.#driver.candidates[decision.wanted]!.ready) this.#background.poke();
  }

  #tellUnmet(isChange: boolean): void {
    const { unmet, wanted } = this.#decision;
    // What is on its way may meet the budget.
    const isFinal = this.#driver.candidates[wanted]!.ready;
    const found: Unmet | null = this.#fitsMemory ? (isFinal ? unmet : null) : 'memory';
    const isCertain = isChange && this.#driver.hasSeenFrames;
    this.#unmet.update(found, this.#clock.now(), isCertain);
  }

  #indexOf(subnet: Subnet): number {
    const name = formatSubnet(subnet);
    return this.#session.subnets.findIndex((entry) => formatSubnet(entry) === name);
  }
}
