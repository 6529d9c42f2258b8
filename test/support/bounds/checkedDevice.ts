import v8 from 'node:v8';
import { layOutArena, SharedRegion } from '../../../src/backends/wasm/arena.ts';
import type { KernelExports } from '../../../src/backends/wasm/engine.ts';
import { FrameInput } from '../../../src/backends/wasm/frameInput.ts';
import type { Address } from '../../../src/backends/wasm/heap.ts';
import { type WasmDevice, WasmProgram } from '../../../src/backends/wasm/program.ts';
import { tensorBytes } from '../../../src/backends/wasm/strides.ts';
import { WeightBank } from '../../../src/backends/wasm/weightBank.ts';
import { layerArgBytes } from '../../../src/kernels/layerArgs.ts';
import type { RgbaFrame } from '../../../src/kernels/resize/contract.ts';
import type { DotEngine } from '../../../src/kernels/table.ts';
import type { Manifest } from '../../../src/model/manifest.ts';
import type { WeightPack } from '../../../src/model/reader.ts';
import { outputsOf, type Plan, type PlanStep, type TensorId } from '../../../src/network/plan.ts';
import { mayRead, mayWrite } from './accessCheck.ts';
import { type Permission, Permissions } from './permissions.ts';
import { traceAccesses } from './tracedModule.ts';
import { type ByteRange, TrackedHeap } from './trackedHeap.ts';

export type KernelBuild = 'simd128' | 'relaxed';

// The image's pixels are resized two at a time: with an odd side, one more is written, into the slack that
// `layOutArena` leaves behind each tensor.
const imageSlackBytes = 8;

// Arena, scratch, frame, the rows between the passes of resizing, and the filters that `FrameInput` keeps.
const sharedBlocks = 4 + 17;

export interface CheckedRun {
  readonly logits: Float32Array;
  /** What the program took, with the weights that it brought into memory: all but arena and scratch. */
  readonly programBytes: number;
}

/**
 * The wasm backend's device with every access of its kernels watched: what a call reads and writes has to lie in
 * the tensors of its step, in the blocks that its arguments point to, or in scratch memory, to the byte.
 */
export class CheckedDevice {
  readonly heap = new TrackedHeap();
  readonly #permissions = new Permissions();
  readonly #device: WasmDevice;
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
    const kernels = this.#watched(instance.exports as unknown as KernelExports);
    this.#device = {
      heap,
      engine: { kernels, dot, description: 'watched' },
      weights: new WeightBank(heap),
      frames: new FrameInput(heap, kernels),
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

  #watched(kernels: KernelExports): KernelExports {
    const watched = Object.entries(kernels).map(([name, kernel]) => {
      if (typeof kernel !== 'function' || name.startsWith('probe')) return [name, kernel];
      return [name, (...args: number[]) => this.#call(name, kernel as never, args)];
    });
    return Object.fromEntries(watched) as KernelExports;
  }

  #call(name: string, kernel: (...args: number[]) => void, args: readonly number[]): void {
    const permissions =
      name === 'filterRows' || name === 'filterColumns'
        ? this.#filterPermissions(name, args)
        : this.#layerPermissions(args[0]!);
    this.#permissions.subject = name;
    this.#permissions.during(permissions, this.heap.sizeBytes, () => kernel(...args));
  }

  #filterPermissions(name: string, args: readonly number[]): readonly Permission[] {
    const [from, to] = args as [Address, Address];
    const [first, weights] = (name === 'filterRows' ? args.slice(5) : args.slice(3)) as [
      Address,
      Address,
    ];
    const { plan } = this.#run!;
    const target =
      name === 'filterRows' ? this.#block(to) : this.#tensor(plan, plan.image, imageSlackBytes);
    return [
      { range: this.#block(from), rights: mayRead },
      { range: this.#block(first), rights: mayRead },
      { range: this.#block(weights), rights: mayRead },
      { range: target, rights: mayWrite },
    ];
  }

  #layerPermissions(args: Address): readonly Permission[] {
    const { plan } = this.#run!;
    const step = plan.steps[this.#run!.step]!;
    this.#run!.step += 1;
    const { arena, scratch } = this.#device;
    const { view } = this.heap;
    const blocks = Array.from({ length: layerArgBytes / 4 }, (_, i) =>
      view.getInt32(args + 4 * i, true),
    )
      .filter((value) => value !== 0 && value !== arena.address && value !== scratch.address)
      .map((value) => this.heap.blockFrom(value))
      .filter((block) => block !== null);
    return [
      { range: { start: args, end: args + layerArgBytes }, rights: mayRead },
      ...blocks.map((range) => ({ range, rights: mayRead })),
      { range: this.#block(scratch.address), rights: mayRead | mayWrite },
      ...inputsOf(step).map((id) => ({ range: this.#tensor(plan, id), rights: mayRead })),
      ...outputsOf(step).map((id) => ({ range: this.#tensor(plan, id), rights: mayWrite })),
    ];
  }

  /** Where a tensor lies: inside the arena, and, to be sure, in its own bytes of it. */
  #tensor(plan: Plan, id: TensorId, slackBytes = 0): ByteRange {
    const { offsets, sizeBytes } = layOutArena(plan);
    const { arena } = this.#device;
    const start = arena.address + offsets[id]!;
    const end = start + tensorBytes(plan, id) + slackBytes;
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
  const base64 =
    build === 'relaxed'
      ? (await import('../../../src/backends/wasm/generated/relaxed.ts')).relaxedBase64
      : (await import('../../../src/backends/wasm/generated/simd128.ts')).simd128Base64;
  return new WebAssembly.Module(traceAccesses(Buffer.from(base64, 'base64')));
}
