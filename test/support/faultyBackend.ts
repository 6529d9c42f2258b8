import type { Backend, BackendName, Program } from '../../src/backends/backend.ts';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type { Plan } from '../../src/network/plan.ts';

/** What goes wrong on a faulty backend; nothing, unless told. */
export interface Faults {
  /** @param run how often the program has run before */
  readonly isWrong?: (plan: Plan, run: number) => boolean;
  /** Throws what running throws. */
  readonly onRun?: (plan: Plan) => void;
  /** Throws what compiling throws. */
  readonly onCompile?: (plan: Plan) => void;
}

/** The reference under another name and with faults; it counts what it does, and answers later, as a GPU does. */
export class FaultyBackend implements Backend {
  readonly name: BackendName;
  readonly description = 'a backend with faults';
  isDisposed = false;
  /** Bit-widths of the programs that ran. */
  readonly ran: number[] = [];
  readonly #inner = openReferenceBackend();
  readonly #faults: Faults;
  readonly #resident = new Set<string | number>();

  constructor(name: BackendName, faults: Faults = {}) {
    this.name = name;
    this.#faults = faults;
  }

  loadPack(...given: Parameters<Backend['loadPack']>): void {
    this.#resident.add(given[1].id);
    this.#inner.loadPack(...given);
  }

  unloadPack(id: Parameters<Backend['unloadPack']>[0]): void {
    this.#resident.delete(id);
    this.#inner.unloadPack(id);
  }

  async compile(plan: Plan): Promise<Program> {
    this.#faults.onCompile?.(plan);
    const program = await this.#inner.compile(plan);
    let runs = 0;
    let isDisposed = false;
    return {
      plan,
      run: async (frame) => {
        const { bits } = plan.subnet;
        this.ran.push(bits);
        this.#faults.onRun?.(plan);
        const isWrong = this.#faults.isWrong?.(plan, runs++) ?? false;
        const logits = await program.run(frame as RgbaFrame);
        await new Promise((resolve) => setTimeout(resolve));
        const isGone = this.isDisposed || isDisposed || !this.#resident.has(bits);
        if (isGone) throw new Error('what runs was disposed of');
        return isWrong ? logits.map((logit) => 2 * logit + 1) : logits;
      },
      dispose: () => {
        isDisposed = true;
      },
    };
  }

  dispose(): void {
    this.isDisposed = true;
  }
}
