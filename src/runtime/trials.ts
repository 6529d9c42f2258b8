import type { Backend } from '../backends/backend.ts';
import { RtfqError } from '../errors.ts';
import type { SubnetEntry } from '../model/manifest.ts';
import type { Model, ReadOptions } from '../model/reader.ts';
import { buildPlan, type Plan } from '../network/plan.ts';
import type { BitWidth } from '../quant/bits.ts';
import { expectRecorded, selfTestFrame, selfTestSubnets } from './selfTest.ts';
import { once } from './sharedWork.ts';

// Cold, and again warmed up: drivers have been seen to err in the one or the other.
const runs = 4;

export interface TrialOptions extends Pick<ReadOptions, 'onProgress'> {
  /** Lets frames through; awaited before each piece of the work. */
  readonly pause?: (() => Promise<void>) | undefined;
}

/** A subnet whose answer to the golden input is recorded. */
interface Golden {
  readonly entry: SubnetEntry;
  readonly plan: Plan;
}

/** Tries backends on the answers that a model records, each at every bit-width that it is used for. */
export class Trials {
  readonly #model: Model;
  /** Kept as long as the weights are, so that a lost device can be replaced without the network. */
  readonly #golden = new Map<BitWidth, Promise<Golden | null>>();
  /** Of those that passed, and those under way. */
  readonly #passes = new WeakMap<Backend, Map<BitWidth, Promise<void>>>();

  constructor(model: Model) {
    this.#model = model;
  }

  /** Reads what a trial needs. @throws RtfqError `MODEL_*` */
  async prepare(bits: BitWidth, options: TrialOptions): Promise<void> {
    await this.#goldenOf(bits, options);
  }

  /** A subnet's plan, where it is the one that is tried; null elsewhere. */
  async planOf(entry: SubnetEntry, options: TrialOptions): Promise<Plan | null> {
    if (goldenEntry(this.#model, entry.bits) !== entry) return null;
    return (await this.#goldenOf(entry.bits, options))!.plan;
  }

  /**
   * Tries a backend that has the weights, once; where the model records nothing, it is taken as it is.
   * @throws RtfqError `BACKEND_UNAVAILABLE` where it computes wrongly or not at all | `OUT_OF_MEMORY` |
   *   `DEVICE_LOST` | `MODEL_*`
   */
  pass(backend: Backend, bits: BitWidth, options: TrialOptions): Promise<void> {
    const passes = this.#passes.get(backend) ?? new Map<BitWidth, Promise<void>>();
    this.#passes.set(backend, passes);
    return once(passes, bits, async () => {
      const golden = await this.#goldenOf(bits, options);
      if (golden !== null) await tryBackend(backend, golden, options);
    });
  }

  /** To be called when the weights are given back: what is loaded anew is tried anew. */
  forget(backend: Backend, bits: BitWidth): void {
    this.#golden.delete(bits);
    this.#passes.get(backend)?.delete(bits);
  }

  #goldenOf(bits: BitWidth, { onProgress }: TrialOptions): Promise<Golden | null> {
    return once(this.#golden, bits, async () => {
      const entry = goldenEntry(this.#model, bits);
      if (entry === null) return null;
      const tables = await this.#model.readTable(entry, { onProgress });
      return { entry, plan: buildPlan(this.#model.manifest, entry, tables) };
    });
  }
}

function goldenEntry({ manifest }: Model, bits: BitWidth): SubnetEntry | null {
  const entry = selfTestSubnets(manifest).find((subnet) => subnet.bits === bits);
  return entry?.selfTest === undefined ? null : entry;
}

async function tryBackend(
  backend: Backend,
  { entry, plan }: Golden,
  { pause }: TrialOptions,
): Promise<void> {
  try {
    await pause?.();
    const program = await backend.compile(plan);
    try {
      for (let run = 0; run < runs; run++) {
        await pause?.();
        expectRecorded(backend, entry, await program.run(selfTestFrame()));
      }
    } finally {
      program.dispose();
    }
  } catch (thrown) {
    const error = RtfqError.from(thrown);
    if (error.code !== 'INTERNAL') throw error;
    throw new RtfqError('BACKEND_UNAVAILABLE', `${backend.name} cannot run the model here`, {
      got: error.message,
      cause: thrown,
    });
  }
}
