import type { Backend, BackendName } from '../backends/backend.ts';
import { openBackend, type RefusedBackend } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import type { BitWidth } from '../quant/bits.ts';

/** In this order where `auto` cannot tell by time. */
export const preference: readonly BackendName[] = ['webgpu', 'wasm', 'tfjs', 'reference'];

// In place of a lost one the same kind is tried again so often.
const sameKindAttempts = 2;

/** A backend that is no more, and what took its place. */
export interface ReplacedBackend {
  readonly from: BackendName;
  readonly to: Backend;
  /** `DEVICE_LOST`, or `BACKEND_UNAVAILABLE` where it was found to compute wrongly. */
  readonly reason: RtfqError;
  /** Those that were tried in its place and refused. */
  readonly passedOver: readonly RefusedBackend[];
}

interface FailedBackend extends RefusedBackend {
  readonly bits: ReadonlySet<BitWidth>;
}

export interface Vacancy {
  /** The backend that is to be replaced. */
  readonly from: Backend;
  readonly reason: RtfqError;
  /** 1, or more where the same work has already been lost with devices: it may be what they are lost at. */
  readonly attempt: number;
  /** What the new one has to compute rightly. */
  readonly bits: ReadonlySet<BitWidth>;
}

/** What takes the place of a backend whose device is lost, or that computes wrongly. */
export class Succession {
  readonly #open: (name: BackendName) => Promise<Backend>;
  readonly #onReplaced: (replaced: ReplacedBackend) => void;
  /** What was found to fail at these bit-widths together is not opened for them again. */
  readonly #failed: FailedBackend[] = [];

  constructor(
    onReplaced: (replaced: ReplacedBackend) => void = () => {},
    open: (name: BackendName) => Promise<Backend> = openReplacement,
  ) {
    this.#onReplaced = onReplaced;
    this.#open = open;
  }

  /** To be told of a backend that failed its trial at one of these bit-widths. */
  refuse(name: BackendName, bits: ReadonlySet<BitWidth>, { message: reason }: RtfqError): void {
    if (this.#knownFailure(name, bits) === null) this.#failed.push({ name, bits, reason });
  }

  /**
   * Opens the backends that may take the place, one after another, until one can.
   * @param take moves the work to it; what fails by the backend's fault is passed over
   * @throws RtfqError `BACKEND_UNAVAILABLE` where none can | whatever else `take` throws
   */
  async fill(vacancy: Vacancy, take: (next: Backend) => Promise<void>): Promise<void> {
    const { from, reason, bits } = vacancy;
    const passedOver: RefusedBackend[] = [];
    const failed: RefusedBackend[] = [{ name: from.name, reason: reason.message }];
    if (reason.code !== 'DEVICE_LOST') this.refuse(from.name, bits, reason);
    for (const name of kindsFor(vacancy)) {
      const known = this.#knownFailure(name, bits);
      if (known !== null) {
        failed.push(known);
        continue;
      }
      const outcome = await this.#try(name, bits, take);
      if (!(outcome instanceof RtfqError)) {
        this.#onReplaced({ from: from.name, to: outcome, reason, passedOver });
        return;
      }
      passedOver.push({ name, reason: outcome.message });
      failed.push({ name, reason: outcome.message });
    }
    throw new RtfqError('BACKEND_UNAVAILABLE', `no backend can take the place of ${from.name}`, {
      got: describeRefused(failed),
      cause: reason,
    });
  }

  /** @returns the backend, once it has taken the place, or why it cannot */
  async #try(
    name: BackendName,
    bits: ReadonlySet<BitWidth>,
    take: (next: Backend) => Promise<void>,
  ): Promise<Backend | RtfqError> {
    let next: Backend | null = null;
    try {
      next = await this.#open(name);
      await take(next);
      return next;
    } catch (thrown) {
      next?.dispose();
      const error = RtfqError.from(thrown);
      if (!isBackendsFault(error)) throw error;
      if (next !== null && error.code !== 'DEVICE_LOST') this.refuse(name, bits, error);
      return error;
    }
  }

  #knownFailure(name: BackendName, bits: ReadonlySet<BitWidth>): FailedBackend | null {
    const covers = (failed: FailedBackend) => [...failed.bits].every((one) => bits.has(one));
    return this.#failed.find((failed) => failed.name === name && covers(failed)) ?? null;
  }
}

/** Without threads: a stuck one may be what was lost. */
function openReplacement(name: BackendName): Promise<Backend> {
  return openBackend(name, { threads: 1 });
}

export function describeRefused(refused: readonly RefusedBackend[]): string {
  return refused.map(({ name, reason }) => `${name}: ${reason}`).join(' | ');
}

/** Whether another backend may do what this one could not. */
export function isBackendsFault({ code }: RtfqError): boolean {
  return code === 'BACKEND_UNAVAILABLE' || code === 'DEVICE_LOST';
}

/** The same kind on a new device, where the device was lost; then the others. */
function kindsFor({ from, reason, attempt }: Vacancy): readonly BackendName[] {
  const again = reason.code === 'DEVICE_LOST' ? Math.max(0, sameKindAttempts + 1 - attempt) : 0;
  const others = preference.filter((name) => name !== from.name);
  return [...Array.from({ length: again }, () => from.name), ...others];
}
