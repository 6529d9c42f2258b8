import type { SimdChoice } from '../../src/backends/wasm/engine.ts';
import type { ConvKernel } from '../../src/kernels/table.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import type { Timing } from '../timeRounds.ts';
import type { GpuWork } from './gpuWork.ts';

export const runtimeNames = ['rtfq', 'litert', 'onnxruntime', 'tfjs'] as const;
export type RuntimeName = (typeof runtimeNames)[number];
export type PeerPrecision = 'int8' | 'f32';

/** What is to be timed. */
export type ContenderSpec =
  | {
      readonly runtime: 'rtfq';
      readonly simd: SimdChoice;
      readonly bits: BitWidth;
      readonly threads: number;
      readonly convKernel?: ConvKernel['name'];
      /** See `WasmOptions`. */
      readonly leastPartMicroseconds?: number;
    }
  | {
      readonly runtime: 'litert' | 'onnxruntime';
      readonly precision: PeerPrecision;
      readonly threads: number;
    }
  | { readonly runtime: 'tfjs' };

/** A runtime with the network opened in it; where there is a GPU, with what a frame asks of it. */
export interface Contender extends Partial<GpuWork> {
  readonly runtime: RuntimeName;
  readonly backend: string;
  readonly threads: number;
  readonly precision: string;
  /** 32 for float. */
  readonly bits: number;
  /** From the runtime's JavaScript and the model's bytes in memory to the first logits. */
  readonly firstMs: number;
  /** Bytes, gzip, of the model's files. */
  readonly modelBytes: number;
  /** One frame, from its pixels to the logits on the CPU. */
  runFrame(): Promise<ArrayLike<number>> | ArrayLike<number>;
}

/** One row of the result: per frame. */
export interface TimedContender extends Omit<Contender, 'runFrame'>, Timing {
  /** WebAssembly memory after the last frame, in bytes; null where it was not measured. */
  readonly wasmBytes: number | null;
  /** Mean difference of its logits from those of our 8 bits, in standard deviations of the latter. */
  readonly logitsDiffer: number;
}

/** Size of what a server would send. */
export async function gzipBytes(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
  let bytes = 0;
  for (const part of parts) {
    const compressed = new Blob([part]).stream().pipeThrough(new CompressionStream('gzip'));
    bytes += (await new Response(compressed).arrayBuffer()).byteLength;
  }
  return bytes;
}
