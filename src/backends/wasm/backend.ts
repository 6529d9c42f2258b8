import { RtfqError } from '../../errors.ts';
import type { ConvKernel } from '../../kernels/table.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { WeightPack } from '../../model/reader.ts';
import type { Plan } from '../../network/plan.ts';
import type { Backend, Program, ThreadsReport } from '../backend.ts';
import { SharedRegion } from './arena.ts';
import {
  expectWebAssembly,
  type KernelExports,
  openEngine,
  type SimdChoice,
  type WasmEngine,
} from './engine.ts';
import { FrameInput } from './frameInput.ts';
import { Heap } from './heap.ts';
import { type WasmDevice, WasmProgram } from './program.ts';
import { plannedThreads, type ThreadOptions } from './threads/plannedThreads.ts';
import { ThreadPool } from './threads/threadPool.ts';
import { WeightBank } from './weightBank.ts';
import { type KernelRunner, SingleThread } from './work.ts';

export interface WasmOptions extends ThreadOptions {
  /** Which build of the kernels; `auto`, the best that the engine can run, unless told. */
  readonly simd?: SimdChoice;
  /** For tests and benchmarks: the dense kernel to use wherever it is exact. */
  readonly convKernel?: ConvKernel['name'];
  /** For tests: threads share also what takes less than is worthwhile. */
  readonly leastPartMicroseconds?: number;
  /** For benchmarks: stands between the programs and the kernels that they call. */
  readonly interceptKernels?: (kernels: KernelExports) => KernelExports;
}

/** Opens the backend. @throws RtfqError `BACKEND_UNAVAILABLE` | `OUT_OF_MEMORY` */
export async function openWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  expectWebAssembly();
  const { heap, ...planned } = openHeap(plannedThreads(options));
  const engine = await openEngine(heap.memory, options.simd ?? 'auto');
  const kernels = options.interceptKernels?.(engine.kernels) ?? engine.kernels;
  const opened = await openRunner({ ...engine, kernels }, heap, planned, options);
  return new WasmBackend(heap, engine, opened, options.convKernel);
}

function openHeap(planned: ThreadsReport): ThreadsReport & { readonly heap: Heap } {
  if (planned.count > 1) {
    try {
      return { ...planned, heap: new Heap(true) };
    } catch {
      return { count: 1, reason: 'the browser gave no memory to share', heap: new Heap() };
    }
  }
  return { ...planned, heap: new Heap() };
}

interface OpenedRunner {
  readonly runner: KernelRunner;
  readonly threads: ThreadsReport;
}

async function openRunner(
  engine: WasmEngine,
  heap: Heap,
  planned: ThreadsReport,
  { createThread, leastPartMicroseconds }: WasmOptions,
): Promise<OpenedRunner> {
  const alone = new SingleThread(engine.kernels);
  if (planned.count === 1 || createThread === undefined) return { runner: alone, threads: planned };
  try {
    const pool = await ThreadPool.open(
      planned.count,
      createThread,
      engine,
      heap,
      leastPartMicroseconds,
    );
    return { runner: pool, threads: planned };
  } catch (thrown) {
    return { runner: alone, threads: { count: 1, reason: RtfqError.from(thrown).message } };
  }
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly description: string;
  readonly threads: ThreadsReport;
  readonly #device: WasmDevice;

  constructor(
    heap: Heap,
    engine: WasmEngine,
    { runner, threads }: OpenedRunner,
    convKernel: WasmOptions['convKernel'],
  ) {
    this.threads = threads;
    this.description = `${engine.description}, ${threads.count} thread${threads.count > 1 ? 's' : ''}`;
    this.#device = {
      heap,
      engine,
      runner,
      weights: new WeightBank(heap),
      frames: new FrameInput(heap, runner),
      arena: new SharedRegion(heap),
      scratch: new SharedRegion(heap),
      convKernel,
    };
  }

  loadPack(manifest: Manifest, pack: WeightPack): void {
    this.#device.weights.load(manifest, pack);
  }

  unloadPack(id: WeightPack['id']): void {
    this.#device.weights.unload(id);
  }

  compile(plan: Plan): Program {
    return new WasmProgram(plan, this.#device);
  }

  // The memory goes with the last reference to the backend and its programs.
  dispose(): void {
    this.#device.runner.dispose();
  }
}
