import type { HeldFrame } from '../frames/frame.ts';
import type { RgbaFrame } from '../kernels/resize/contract.ts';
import type { Manifest } from '../model/manifest.ts';
import type { WeightPack } from '../model/reader.ts';
import type { Plan, TensorId } from '../network/plan.ts';
import type { Tensor1D } from './tfjs/tensorType.ts';

/** What a subnet can run on; docs/backends.md compares them. */
export type BackendName = 'webgpu' | 'wasm' | 'tfjs' | 'reference';
/** All of them. */
export const backendNames: readonly BackendName[] = ['webgpu', 'wasm', 'tfjs', 'reference'];

/**
 * A device that runs plans. The whole contract is here; the reference backend is its plain-language
 * meaning, and every other backend equals it to the bit.
 */
export interface Backend {
  readonly name: BackendName;
  /** What it chose on this device, in words: "relaxed SIMD, ...". */
  readonly description: string;
  /** Of a backend that works on the processor's cores. */
  readonly threads?: ThreadsReport;
  /** Makes a pack's weights resident until `unloadPack`; one that is resident already is kept. */
  loadPack(manifest: Manifest, pack: WeightPack): void;
  /** Gives a pack's memory back; the programs that read it must have been disposed of. */
  unloadPack(id: WeightPack['id']): void;
  /**
   * Makes a program of a plan; the packs it reads must be resident. All slow work happens here, none
   * when frames run. A backend that waits for a device promises its answers.
   */
  compile(plan: Plan): Program | Promise<Program>;
  /** Gives the device back, and all that is on it. */
  dispose(): void;
}

/** How many threads share a frame's work, and why there are not more: null where it is what was asked for. */
export interface ThreadsReport {
  readonly count: number;
  readonly reason: string | null;
}

/** A compiled plan. One program runs at a time per backend: programs share their activation memory. */
export interface Program {
  readonly plan: Plan;
  /**
   * Crops, resizes and classifies one frame.
   * @param observe called after each step with each tensor it wrote, for tests and comparisons
   * @returns logits, a copy that the caller owns
   */
  run(frame: RgbaFrame, observe?: ObserveTensor): Float32Array | Promise<Float32Array>;
  dispose(): void;
}

/** A program on a GPU, for frames and results that need no trip through the CPU. */
export interface DeviceProgram extends Program {
  /** Whether it reads such a frame where it is; of another one it takes the pixels. */
  reads(frame: HeldFrame): boolean;
  run(frame: RgbaFrame | HeldFrame, observe?: ObserveTensor): Promise<Float32Array>;
  /** @returns a tensor of tfjs, on the GPU, that the caller owns; it is not waited for */
  runToTensor(frame: RgbaFrame | HeldFrame, output: OutputName): Promise<Tensor1D>;
}

export function isDeviceProgram(program: Program): program is DeviceProgram {
  return 'runToTensor' in program;
}

/** What a network gives: a value per class, or what its last layer makes these of. */
export type OutputName = 'logits' | 'features';

/** `values` are height x width x channels without padding; integers are the signed or unsigned values themselves. */
export type ObserveTensor = (tensor: TensorId, values: Float32Array | Int16Array) => void;
