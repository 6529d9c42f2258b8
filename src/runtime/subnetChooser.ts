import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { ReadOptions } from '../model/reader.ts';
import { formatSubnet, type Subnet } from '../network/subnet.ts';
import { calibrationFrame, measureLatencyMs } from './calibrate.ts';
import {
  allowedSubnets,
  type Budget,
  type CalibratedSubnet,
  latencyLimitMs,
  type Pin,
  selectSubnet,
} from './selectSubnet.ts';
import type { Session } from './session.ts';

/** What decides which subnet runs. */
export interface Wish {
  readonly pin: Pin;
  readonly budget: Budget;
}

/**
 * Keeps a session on the subnet that the pin and the budget ask for. Frames may run at any time between:
 * what a subnet needs is prepared first, and the switch itself is one assignment.
 */
export class SubnetChooser {
  readonly #session: Session;
  readonly #pause: () => Promise<void>;
  readonly #measuredMs = new Map<string, number>();
  #wish: Wish = { pin: 'auto', budget: {} };
  #lastChange: Promise<unknown> = Promise.resolve();
  #frame: RgbaFrame | null = null;

  /** @param pause lets waiting frames through; awaited between the runs of a calibration */
  constructor(session: Session, pause: () => Promise<void>) {
    this.#session = session;
    this.#pause = pause;
  }

  get subnets(): readonly CalibratedSubnet[] {
    return this.#session.subnets.map((subnet) => this.#withLatency(subnet));
  }

  /**
   * Changes the pin or the budget, then switches. Changes take effect in the order of the calls; one that
   * fails leaves everything as it was.
   * @returns the subnet that runs from now on
   * @throws RtfqError `UNKNOWN_SUBNET` | `INVALID_ARGUMENT` | `MODEL_*` | `ABORTED` | `DISPOSED`
   */
  change(change: Partial<Wish>, options: ReadOptions = {}): Promise<Subnet> {
    const result = this.#lastChange.then(async () => {
      const wish = { ...this.#wish, ...change };
      const subnet = await this.#choose(wish, options);
      await this.#session.switchTo(subnet, options);
      this.#wish = wish;
      return this.#session.active!;
    });
    this.#lastChange = result.catch(() => undefined);
    return result;
  }

  async #choose({ pin, budget }: Wish, options: ReadOptions): Promise<Subnet> {
    const limitMs = latencyLimitMs(budget);
    for (;;) {
      const selection = selectSubnet(allowedSubnets(this.subnets, pin, budget), limitMs);
      if (selection.kind === 'selected') return selection.subnet;
      await this.#measure(selection.subnet, options);
    }
  }

  async #measure(subnet: Subnet, options: ReadOptions): Promise<void> {
    this.#frame ??= calibrationFrame();
    const measuredMs = await measureLatencyMs(
      this.#session,
      subnet,
      this.#frame,
      this.#pause,
      options,
    );
    this.#measuredMs.set(formatSubnet(subnet), measuredMs);
  }

  #withLatency(subnet: SubnetEntry): CalibratedSubnet {
    return { ...subnet, measuredMs: this.#measuredMs.get(formatSubnet(subnet)) ?? null };
  }
}
