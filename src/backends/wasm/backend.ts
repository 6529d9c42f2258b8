import type { ConvKernel } from '../../kernels/table.ts';
import type { Manifest } from '../../model/manifest.ts';
import type { WeightPack } from '../../model/reader.ts';
import type { Plan } from '../../network/plan.ts';
import type { Backend, Program } from '../backend.ts';
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
import { WeightBank } from './weightBank.ts';

export interface WasmOptions {
  /** Which build of the kernels; `auto`, the best that the engine can run, unless told. */
  readonly simd?: SimdChoice;
  /** For tests and benchmarks: the dense kernel to use wherever it is exact. */
  readonly convKernel?: ConvKernel['name'];
  /** For benchmarks: stands between the programs and the kernels that they call. */
  readonly interceptKernels?: (kernels: KernelExports) => KernelExports;
}

/** Opens the backend. @throws RtfqError `BACKEND_UNAVAILABLE` */
export async function openWasmBackend(options: WasmOptions = {}): Promise<Backend> {
  expectWebAssembly();
  const heap = new Heap();
  const engine = await openEngine(heap.memory, options.simd ?? 'auto');
  const kernels = options.interceptKernels?.(engine.kernels) ?? engine.kernels;
  return new WasmBackend(heap, { ...engine, kernels }, options);
}

class WasmBackend implements Backend {
  readonly name = 'wasm';
  readonly description: string;
  readonly #device: WasmDevice;

  constructor(heap: Heap, engine: WasmEngine, { convKernel }: WasmOptions) {
    this.description = `${engine.description}, 1 thread`;
    this.#device = {
      heap,
      engine,
      weights: new WeightBank(heap),
      frames: new FrameInput(heap, engine.kernels),
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
  dispose(): void {}
}
