import v8 from 'node:v8';
import { layOutArena, SharedRegion } from '../../../src/backends/wasm/arena.ts';
import type { KernelExports } from '../../../src/backends/wasm/engine.ts';
import { FrameInput } from '../../../src/backends/wasm/frameInput.ts';
import type { Address } from '../../../src/backends/wasm/heap.ts';
import { type WasmDevice, WasmProgram } from '../../../src/backends/wasm/program.ts';
import { roomBytes, tensorBytes } from '../../../src/backends/wasm/strides.ts';
import { WeightBank } from '../../../src/backends/wasm/weightBank.ts';
import {
  type KernelRunner,
  partCount,
  runPart,
  type Scratch,
  type Work,
} from '../../../src/backends/wasm/work.ts';
import { decodeModule } from '../../../src/kernels/decodeModule.ts';
import { layerArgBytes } from '../../../src/kernels/layerArgs.ts';
import type { RgbaFrame } from '../../../src/kernels/resize/contract.ts';
import { filterArgBytes } from '../../../src/kernels/resize/filterArgs.ts';
import type { DotEngine } from '../../../src/kernels/table.ts';
import type { Manifest } from '../../../src/model/manifest.ts';
import type { WeightPack } from '../../../src/model/reader.ts';
import { outputsOf, type Plan, type PlanStep, type TensorId } from '../../../src/network/plan.ts';
import { finestParts } from '../finestParts.ts';
import { mayRead, mayWrite } from './accessCheck.ts';
import { type Permission, Permissions } from './permissions.ts';
import { traceAccesses } from './tracedModule.ts';
import { type ByteRange, TrackedHeap } from './trackedHeap.ts';

export type KernelBuild = 'simd128' | 'relaxed';

// Arena, scratch, frame, the rows between the passes of resizing, the arguments of these passes, and the filters
// that `FrameInput` keeps.
const sharedBlocks = 5 + 17;

const threads = 2;

export interface CheckedRun {
  readonly logits: Float32Array;
  /** What the program took, with the weights that it brought into memory: all but arena and scratch. */
  readonly programBytes: number;
}

/**
 * The wasm backend's device with every access of its kernels watched: what a call reads and writes has to lie in
 * the tensors of its step, in the blocks that its arguments point to, or in scratch memory, to the byte; a few pixels
 * more may be read of an input (`roomBytes`).
 */
export class CheckedDevice {
  readonly heap = new TrackedHeap();
  readonly #permissions = new Permissions();
  readonly #device: WasmDevice;
  #works = 0;
  #run: { readonly plan: Plan; step: number } | null = null;

  /** @param dot how the relaxed build is to believe that the engine computes: it decides between kernels */
  static async open(build: KernelBuild, dot: DotEngine | null = null): Promise<CheckedDevice> {
    const code = await tracedKernels(build);
    return new CheckedDevice(code, dot);
  }

  private constructor(code: WebAssembly.Module, dot: DotEngine | null) {
    const { heap } = this;
    const instance = new WebAssembly.Instance(code, {
      env: { memory: heap.memory },
      trace: { read: this.#permissions.read, write: this.#permissions.write },
    });
    const kernels = instance.exports as unknown as KernelExports;
    const runner: KernelRunner = {
      threads,
      wake() {},
      run: (work, scratch) => this.#call(kernels, work, scratch),
      dispose() {},
    };
    this.#device = {
      heap,
      engine: { dot },
      runner,
      weights: new WeightBank(heap),
      frames: new FrameInput(heap, runner),
      arena: new SharedRegion(heap),
      scratch: new SharedRegion(heap),
      convKernel: undefined,
    };
  }

  /** Accesses that were checked so far. */
  get accesses(): number {
    return this.#permissions.accesses;
  }

  loadPack(manifest: Manifest, pack: WeightPack): void {
    this.#device.weights.load(manifest, pack);
  }

  unloadPack(id: WeightPack['id']): void {
    this.#device.weights.unload(id);
  }

  /**
   * Compiles a plan and runs it on a frame.
   * @throws an Error that names the kernel where one touches what it should not
   */
  check(plan: Plan, frame: RgbaFrame): CheckedRun {
    const before = this.#programBytes;
    const program = new WasmProgram(plan, this.#device);
    const programBytes = this.#programBytes - before;
    this.#run = { plan, step: 0 };
    try {
      const logits = program.run(frame);
      const { step } = this.#run;
      if (step !== plan.steps.length) throw new Error(`${step} of ${plan.steps.length} steps ran`);
      return { logits, programBytes };
    } finally {
      this.#run = null;
      program.dispose();
    }
  }

  /** @throws an Error where programs or weights left something behind */
  expectReleased(): void {
    const { blockCount } = this.heap;
    if (blockCount > sharedBlocks) throw new Error(`${blockCount} blocks are still allocated`);
  }

  get #programBytes(): number {
    const { arena, scratch } = this.#device;
    const shared = [arena, scratch].map(({ address }) => this.heap.blockFrom(address));
    const sharedBytes = shared.reduce(
      (sum, block) => sum + (block ? block.end - block.start : 0),
      0,
    );
    return this.heap.allocatedBytes - sharedBytes;
  }

  /** Every other work in parts, as threads share it, two of them taking turns. */
  #call(kernels: KernelExports, whole: Work, scratch: Scratch): void {
    this.#works += 1;
    const work = this.#works % 2 === 0 ? finestParts(whole) : whole;
    const { kernel, args } = work;
    const isFilter = kernel === 'filterRows' || kernel === 'filterColumns';
    const permissions = isFilter ? this.#filterPermissions(work) : this.#layerPermissions(args);
    this.#permissions.subject = kernel;
    const { address: start, bytesPerThread } = scratch;
    const range = { start, end: start + threads * bytesPerThread };
    const rights = mayRead | mayWrite;
    this.#permissions.during([...permissions, { range, rights }], this.heap.sizeBytes, () => {
      for (let index = 0; index < partCount(work); index++) {
        runPart(kernels[kernel]!, work, index, start + (index % threads) * bytesPerThread);
      }
    });
  }

  #filterPermissions({ kernel, args }: Work): readonly Permission[] {
    const { plan } = this.#run!;
    const [from, to, , , first, weights] = this.#argsAt(args, filterArgBytes) as [
      ...[Address, Address, number, number, Address, Address],
    ];
    const target = kernel === 'filterRows' ? this.#block(to) : this.#tensor(plan, plan.image);
    return [
      { range: { start: args, end: args + filterArgBytes }, rights: mayRead },
      { range: this.#block(from), rights: mayRead },
      { range: this.#block(first), rights: mayRead },
      { range: this.#block(weights), rights: mayRead },
      { range: target, rights: mayWrite },
    ];
  }

  #argsAt(args: Address, sizeBytes: number): readonly number[] {
    const { view } = this.heap;
    return Array.from({ length: sizeBytes / 4 }, (_, i) => view.getInt32(args + 4 * i, true));
  }

  #layerPermissions(args: Address): readonly Permission[] {
    const { plan } = this.#run!;
    const step = plan.steps[this.#run!.step]!;
    this.#run!.step += 1;
    const { arena, scratch } = this.#device;
    const blocks = this.#argsAt(args, layerArgBytes)
      .filter((value) => value !== 0 && value !== arena.address && value !== scratch.address)
      .map((value) => this.heap.blockFrom(value))
      .filter((block) => block !== null);
    return [
      { range: { start: args, end: args + layerArgBytes }, rights: mayRead },
      ...blocks.map((range) => ({ range, rights: mayRead })),
      ...inputsOf(step).map((id) => ({
        range: this.#tensor(plan, id, roomBytes),
        rights: mayRead,
      })),
      ...outputsOf(step).map((id) => ({ range: this.#tensor(plan, id), rights: mayWrite })),
    ];
  }

  /** Where a tensor lies: inside the arena, and, to be sure, in its own bytes of it. */
  #tensor(plan: Plan, id: TensorId, sizeOf = tensorBytes): ByteRange {
    const { offsets, sizeBytes } = layOutArena(plan);
    const { arena } = this.#device;
    const start = arena.address + offsets[id]!;
    const end = start + sizeOf(plan, id);
    const block = this.#block(arena.address);
    if (end > arena.address + sizeBytes || end > block.end) {
      throw new Error(`tensor ${id} ends at ${end}, outside of the arena`);
    }
    return { start, end };
  }

  #block(address: Address): ByteRange {
    const block = this.heap.blockAround(address);
    if (block === null) throw new Error(`nothing is allocated at ${address}`);
    return block;
  }
}

function inputsOf(step: PlanStep): readonly TensorId[] {
  const residual = step.kind === 'layer' ? step.residual : null;
  return [step.input, residual].filter((id) => id !== null);
}

const tracedModules = new Map<KernelBuild, Promise<WebAssembly.Module>>();

function tracedKernels(build: KernelBuild): Promise<WebAssembly.Module> {
  const traced = tracedModules.get(build) ?? traceKernels(build);
  tracedModules.set(build, traced);
  return traced;
}

async function traceKernels(build: KernelBuild): Promise<WebAssembly.Module> {
  // Node 20 knows relaxed SIMD, but only when it is told to.
  v8.setFlagsFromString('--experimental-wasm-relaxed-simd');
  const hex =
    build === 'relaxed'
      ? (await import('../../../src/backends/wasm/generated/relaxed.ts')).relaxedHex
      : (await import('../../../src/backends/wasm/generated/simd128.ts')).simd128Hex;
  return new WebAssembly.Module(traceAccesses(decodeModule(hex)));
}
