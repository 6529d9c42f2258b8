import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { ReadProgress } from '../model/reader.ts';
import { formatSubnet } from '../network/subnet.ts';
import type { BitWidth } from '../quant/bits.ts';
import type { Session } from '../runtime/session.ts';
import type { Task } from './background.ts';
import type { Calibration } from './calibration.ts';
import { prepareAhead } from './loadOrder.ts';
import type { Memory } from './memory.ts';
import type { PolicyDriver } from './policyDriver.ts';

export interface WorkOptions {
  readonly session: Session;
  readonly driver: PolicyDriver;
  readonly memory: Memory;
  readonly calibration: Calibration;
  /** Resolves when the work is in no frame's way. */
  readonly gap: () => Promise<void>;
  /** A frame like those that come. */
  readonly frame: () => RgbaFrame;
  readonly onProgress: (progress: ReadProgress) => void;
  readonly onLoaded: (index: number) => void;
  readonly onMeasured: () => void;
}

/** What to do while frames flow: load what the budget has use for, and measure what has been loaded. */
export class BackgroundWork {
  readonly #options: WorkOptions;

  constructor(options: WorkOptions) {
    this.#options = options;
  }

  /**
   * The active subnet is measured first: the device's slow-down, which all other measurements are freed of, is
   * told from its frames.
   * @param wanted place of the subnet that the policy would run if it were ready
   */
  next(wanted: number, isHeldBack: (key: string) => boolean): Task | null {
    const { driver, session, calibration } = this.#options;
    if (driver.isHidden) return null;
    const { candidates } = driver;
    const unmeasured = [...candidates.keys()].filter(
      (i) =>
        calibration.measuredMs[i] === null &&
        candidates[i]!.ready &&
        !isHeldBack(measureKey(session.subnets[i]!)),
    );
    if (unmeasured.includes(driver.active)) return this.#measure(driver.active);
    if (!candidates[wanted]!.ready && candidates[wanted]!.allowed) return this.#load(wanted);
    const [toMeasure] = unmeasured;
    if (toMeasure !== undefined) return this.#measure(toMeasure);
    const [ahead] = this.#ahead();
    return ahead === undefined ? null : this.#load(ahead);
  }

  /** Subnets of the weights that are there, as far as data and memory may be spent on them. */
  #ahead(): readonly number[] {
    const { driver, session, memory } = this.#options;
    const { signals, budget } = driver.situation;
    if (signals.saveData === true) return [];
    const { candidates } = driver;
    const freeBytes = (budget.maxBytes ?? Number.POSITIVE_INFINITY) - memory.sizeBytes;
    const pool = [...candidates.keys()].filter(
      (i) => candidates[i]!.allowed && session.loadedBits.includes(session.subnets[i]!.bits),
    );
    return prepareAhead(candidates, driver.active, pool).filter(
      (i) => memory.addedBytes(session.subnets[i]!) <= freeBytes,
    );
  }

  #load(index: number): Task {
    const { session, driver, calibration, gap, onProgress, onLoaded } = this.#options;
    const subnet = session.subnets[index]!;
    return {
      key: loadKey(subnet.bits),
      run: async () => {
        await gap();
        await session.prepare(subnet, { onProgress, pause: gap });
        driver.refresh();
        // Before it is chosen, so that it is not chosen in error.
        if (calibration.measuredMs[index] === null) await this.#measure(index).run();
        onLoaded(index);
        return true;
      },
    };
  }

  #measure(index: number): Task {
    const { session, driver, calibration, gap, frame, onMeasured } = this.#options;
    const subnet = session.subnets[index]!;
    return {
      key: measureKey(subnet),
      run: async () => {
        const slowdown = () => driver.measuredSlowdown;
        if (!(await calibration.measure(subnet, frame, slowdown, gap))) return false;
        driver.adoptCosts();
        onMeasured();
        return true;
      },
    };
  }
}

/** Loads of the same weights fail together. */
export function loadKey(bits: BitWidth): string {
  return `load ${bits}`;
}

function measureKey(subnet: SubnetEntry): string {
  return `measure ${formatSubnet(subnet)}`;
}
