import type { Subnet } from '../../src/network/subnet.ts';
import type { Environment } from '../chromium.ts';

/** The innermost instructions of dense kernels; which of them is exact for a layer is the kernel table's matter. */
export const dotInstructions = ['relaxedDot', 'relaxedPairs', 'wideDot'] as const;
export type DotInstruction = (typeof dotInstructions)[number];

/** What the machine can do in the same run. */
export interface Peaks {
  /** Multiply-adds a second of each instruction alone. */
  readonly macsPerSecond: Readonly<Record<DotInstruction, number>>;
  readonly bandwidth: readonly Bandwidth[];
}

/** Bytes a second that a loop of loads reads, over and over, from a stretch of memory. */
export interface Bandwidth {
  readonly name: string;
  readonly sizeBytes: number;
  readonly bytesPerSecond: number;
}

export const stepKinds = [
  'resize',
  'stem',
  'pointwise',
  'conv',
  'depthwise',
  'fullyConnected',
  'pool',
  'quantize',
] as const;
/** `conv`: dense, and neither the stem nor of a single tap. */
export type StepKind = (typeof stepKinds)[number];

/** One step of a plan: its kernels' calls alone, over and over in place. */
export interface StepTime {
  readonly name: string;
  readonly kind: StepKind;
  /** The kernels' names as the wasm module exports them. */
  readonly kernels: readonly string[];
  /** null where its kernel has no dot instruction to be measured by. */
  readonly instruction: DotInstruction | null;
  /** "56 x 56 x 24 to 56 x 56 x 144" */
  readonly shape: string;
  readonly macs: number;
  /** What the step reads and writes at least: tensors and weights as they lie in memory, each once. */
  readonly bytes: number;
  readonly medianMs: number;
  /** The least disturbed sample, by which rates and shares go: whatever else the machine does only adds time. */
  readonly minMs: number;
}

export interface NetworkRoofline extends Subnet {
  readonly network: string;
  readonly backend: string;
  /** The whole program, frame by frame, in the same rounds; the least disturbed. */
  readonly frameMs: number;
  readonly steps: readonly StepTime[];
}

export interface Roofline {
  readonly peaks: Peaks;
  readonly networks: readonly NetworkRoofline[];
}

/** What `--json` writes. */
export interface RooflineResult extends Roofline {
  readonly kind: 'roofline';
  readonly environment: Environment;
}
