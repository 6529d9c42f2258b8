import { vi } from 'vitest';
import type { Backend, Program } from '../../src/backends/backend.ts';
import { type Signals, unknownSignals } from '../../src/budget/signals.ts';
import type { RtfqError } from '../../src/errors.ts';
import { type Model, openModel, type ReadFile } from '../../src/model/reader.ts';
import type { Plan } from '../../src/network/plan.ts';
import { formatSubnet, type Subnet } from '../../src/network/subnet.ts';
import { selfTestSubnets } from '../../src/runtime/selfTest.ts';
import { Session } from '../../src/runtime/session.ts';
import { BudgetMonitor } from '../../src/worker/budgetMonitor.ts';
import type { CalibrationRecord } from '../../src/worker/calibrationStore.ts';
import type { Wish } from '../../src/worker/choices.ts';
import type { LoggedSwitch } from '../../src/worker/switchLog.ts';
import type { Unmet } from '../../src/worker/unmetWatch.ts';
import { barsFrame } from './testFrames.ts';
import { readFrom, tinyModelFiles } from './tinyModel.ts';

/** Milliseconds that a subnet takes on the fake device: 32 for the largest, 6 for the smallest. */
export function costMs({ width, resolution, bits }: Subnet): number {
  return (width * resolution * bits) / 8;
}

export interface BenchOptions {
  readonly wish?: Partial<Wish>;
  readonly signals?: Partial<Signals>;
  readonly stored?: CalibrationRecord;
  readonly read?: (read: ReadFile) => ReadFile;
  /** Whether the model records answers, those of the fake device, for backends to be tried on. */
  readonly isRecorded?: boolean;
  /** Of the true costs, by subnet. */
  readonly cost?: (subnet: Subnet) => number;
}

/** A monitor on a device that exists in numbers only, with a clock of its own: no test waits. */
export class MonitorBench {
  nowMs = 0;
  /** Times as slow as without load. */
  load = 1;
  frameMs = 33;
  monitor!: BudgetMonitor;
  session!: Session;
  /** What ran, frames and calibrations. */
  readonly runs: string[] = [];
  readonly reads: string[] = [];
  readonly switches: LoggedSwitch[] = [];
  readonly unmet: (Unmet | null)[] = [];
  readonly loadErrors: { readonly error: RtfqError; readonly retryMs: number }[] = [];
  written: CalibrationRecord = {};
  #timers: { readonly atMs: number; readonly wake: () => void }[] = [];

  static async open(options: BenchOptions = {}): Promise<MonitorBench> {
    const bench = new MonitorBench();
    vi.spyOn(performance, 'now').mockImplementation(() => bench.nowMs);
    const read = readFrom(await tinyModelFiles());
    const changed = options.read?.(read) ?? read;
    const opened = await openModel((file, ...rest) => {
      bench.reads.push(file);
      return changed(file, ...rest);
    });
    const model = options.isRecorded ? withAnswers(opened, [...fakeLogits]) : opened;
    bench.session = new Session(model, bench.#backend(options.cost ?? costMs));
    bench.monitor = await BudgetMonitor.open(
      {
        session: bench.session,
        store: {
          read: async () => options.stored ?? {},
          write: async (record) => {
            bench.written = record;
          },
        },
        clock: {
          now: () => bench.nowMs,
          wakeAfter: (ms, wake) => {
            const timer = { atMs: bench.nowMs + ms, wake };
            bench.#timers.push(timer);
            return () => {
              bench.#timers = bench.#timers.filter((other) => other.wake !== wake);
            };
          },
        },
        events: {
          onProgress: () => {},
          onLoaded: () => {},
          onUnmet: (unmet) => bench.unmet.push(unmet),
          onLoadError: (error, retryMs) => bench.loadErrors.push({ error, retryMs }),
          onMeasured: () => {},
        },
      },
      { pin: 'auto', budget: {}, ...options.wish },
      { ...unknownSignals, ...options.signals },
    );
    return bench;
  }

  get active(): string {
    return formatSubnet(this.monitor.active);
  }

  /** Names of the subnets that can run at once. */
  get prepared(): readonly string[] {
    return this.session.subnets
      .filter((subnet) => this.session.isPrepared(subnet))
      .map(formatSubnet);
  }

  /** The clock jumps; timers go on as they were, as those of browsers do. */
  jump(ms: number): void {
    this.nowMs += ms;
    this.#timers = this.#timers.map(({ atMs, wake }) => ({ atMs: atMs + ms, wake }));
  }

  /** One frame, and the time until the next. @returns what ran */
  async frame(): Promise<string> {
    const startMs = this.nowMs;
    const pixels = barsFrame(1);
    const { subnet, inferenceMs } = await this.session.run(pixels);
    const ran = { subnet, pixels, networkMs: inferenceMs, overheadMs: 0 };
    const { switched } = this.monitor.ran({ ...ran, intervalMs: this.frameMs });
    if (switched !== null) this.switches.push(switched);
    await this.wait(Math.max(0, startMs + this.frameMs - this.nowMs));
    return formatSubnet(subnet);
  }

  async frames(seconds: number): Promise<readonly string[]> {
    const ran: string[] = [];
    for (const endMs = this.nowMs + 1000 * seconds; this.nowMs < endMs; ) {
      ran.push(await this.frame());
    }
    return ran;
  }

  /** Frames until all that was worth loading is loaded and measured. */
  async settle(): Promise<void> {
    this.monitor.start();
    let quiet = 0;
    for (let before = ''; quiet < 200; ) {
      await this.frame();
      const state = `${this.prepared.join()} ${JSON.stringify(this.monitor.measuredMs)}`;
      quiet = state === before ? quiet + 1 : 0;
      before = state;
    }
  }

  /** Lets time pass, timers fire and promises settle. */
  async wait(ms: number): Promise<void> {
    const endMs = this.nowMs + ms;
    await settlePromises();
    for (;;) {
      const due = this.#timers.filter(({ atMs }) => atMs <= endMs);
      if (due.length === 0) break;
      const next = due.reduce((first, timer) => (timer.atMs < first.atMs ? timer : first));
      this.#timers = this.#timers.filter((timer) => timer !== next);
      this.nowMs = Math.max(this.nowMs, next.atMs);
      next.wake();
      await settlePromises();
    }
    this.nowMs = Math.max(this.nowMs, endMs);
  }

  #backend(cost: (subnet: Subnet) => number): Backend {
    const run = (subnet: Subnet) => {
      this.runs.push(formatSubnet(subnet));
      this.nowMs += this.load * cost(subnet);
      return fakeLogits.slice();
    };
    return {
      name: 'reference',
      description: 'a device in numbers',
      loadPack: () => {},
      unloadPack: () => {},
      compile: (plan: Plan): Program => ({
        plan,
        run: () => run(plan.subnet),
        dispose: () => {},
      }),
      dispose: () => {},
    };
  }
}

const fakeLogits = new Float32Array(10);

function withAnswers({ manifest, ...model }: Model, selfTest: number[]): Model {
  const tried = selfTestSubnets(manifest);
  const subnets = manifest.subnets.map((subnet) =>
    tried.includes(subnet) ? { ...subnet, selfTest } : subnet,
  );
  return { ...model, manifest: { ...manifest, subnets } };
}

/** Hashes are computed beside the event loop, so a file takes some turns of it. */
async function settlePromises(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise((resolve) => setImmediate(resolve));
}
