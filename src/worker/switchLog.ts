import type { SwitchReason } from '../budget/policyTypes.ts';

/** A change of subnet, told with the first frame that ran on the new one. */
export interface LoggedSwitch {
  readonly from: number;
  readonly to: number;
  readonly reason: SwitchReason;
  readonly predictedMs: number | null;
  readonly measuredMs: number;
}

/** Joins what was decided between two frames with what the frame after it took. */
export class SwitchLog {
  #ran: number | null = null;
  #cause: { readonly reason: SwitchReason; readonly predictedMs: number | null } | null = null;

  /** Another subnet was chosen; of several before the next frame the last one counts. */
  decided(reason: SwitchReason, predictedMs: number | null): void {
    this.#cause = { reason, predictedMs };
  }

  /** A frame ran. */
  ran(index: number, measuredMs: number): LoggedSwitch | null {
    const from = this.#ran;
    const cause = this.#cause;
    this.#ran = index;
    this.#cause = null;
    if (from === null || from === index || cause === null) return null;
    return { from, to: index, ...cause, measuredMs };
  }
}
