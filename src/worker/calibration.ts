import { calibratedCosts } from '../budget/costs.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import { formatSubnet } from '../network/subnet.ts';
import type { Session } from '../runtime/session.ts';
import type { CalibrationRecord } from './calibrationStore.ts';

// The first finds cold caches and is not counted.
const runs = 6;
// Slow runs say what else the machine did: near the least lies what the subnet takes.
const rank = 1;
// On a slow device fewer runs must do.
const enoughMs = 400;

/** What the subnets of a session take on this device, in milliseconds: as measured, and elsewhere as expected. */
export class Calibration {
  readonly #session: Session;
  #measuredMs: (number | null)[] = [];
  #costs: readonly number[] | null = null;

  constructor(session: Session, stored: CalibrationRecord) {
    this.#session = session;
    this.restart(stored);
  }

  /** Forgets what was measured, for what is known of another backend. */
  restart(stored: CalibrationRecord): void {
    const { subnets } = this.#session;
    this.#measuredMs = subnets.map((subnet) => stored[formatSubnet(subnet)] ?? null);
    this.#costs = null;
  }

  /** null where a subnet has not been measured. */
  get measuredMs(): readonly (number | null)[] {
    return this.#measuredMs;
  }

  get costs(): readonly number[] {
    this.#costs ??= calibratedCosts(
      this.#session.subnets.map(({ bits, cost }, i) => ({
        bits,
        cost,
        measuredMs: this.#measuredMs[i]!,
      })),
    );
    return this.#costs;
  }

  get record(): CalibrationRecord {
    const entries = this.#session.subnets.flatMap((subnet, i) => {
      const measuredMs = this.#measuredMs[i]!;
      return measuredMs === null ? [] : [[formatSubnet(subnet), measuredMs] as const];
    });
    return Object.fromEntries(entries);
  }

  /**
   * Measures a prepared subnet, run by run.
   * @returns whether it is known now; not so where it was given back meanwhile, took less than the clock can tell, or
   *   where another backend took over
   * @param slowdown how much slower than calibrated the device is now, as the active subnet's frames say: what is
   *   measured under a load has to go with what was measured without. The first measurement is the measure of all
   * @param pause lets frames through; awaited before each run
   */
  async measure(
    subnet: SubnetEntry,
    frame: () => RgbaFrame,
    slowdown: () => number,
    pause: () => Promise<void>,
  ): Promise<boolean> {
    const { backend } = this.#session;
    const isFirst = this.#measuredMs.every((ms) => ms === null);
    const samplesMs: number[] = [];
    let spentMs = 0;
    for (let run = 0; run < runs && spentMs < enoughMs; run++) {
      await pause();
      if (!this.#session.isPrepared(subnet)) return false;
      const { inferenceMs } = await this.#session.runPrepared(subnet, frame());
      spentMs += inferenceMs;
      if (run > 0 || spentMs >= enoughMs) samplesMs.push(inferenceMs / (isFirst ? 1 : slowdown()));
    }
    const ordered = samplesMs.sort((a, b) => a - b);
    const measuredMs = ordered[Math.min(rank, ordered.length - 1)]!;
    if (!(measuredMs > 0) || this.#session.backend !== backend) return false;
    this.#measuredMs[this.#session.subnets.indexOf(subnet)] = measuredMs;
    this.#costs = null;
    return true;
  }
}

// What cameras give unless asked for more; the resize is part of what is measured.
const cameraSize = { width: 640, height: 480 };

/** A frame without meaning, where no other's bytes are at hand: how long it takes does not depend on what it shows. */
export function calibrationFrame({ width, height } = cameraSize): RgbaFrame {
  const data = new Uint8Array(4 * width * height);
  for (let i = 0; i < data.length; i++) data[i] = (i * 31) & 255;
  return { data, width, height };
}
