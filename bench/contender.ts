import { type Timing, timeRounds } from './timeRounds.ts';

/** A runtime that runs a network: what the benchmark times. */
export interface Contender {
  readonly runtime: 'rtfq' | 'tfjs';
  readonly backend: string;
  readonly threads: number;
  readonly precision: string;
  readonly width: number;
  readonly resolution: number;
  /** 32 for float. */
  readonly bits: number;
  /** From nothing but the model's bytes in memory to the first logits. */
  readonly firstMs: number;
  /** Bytes, gzip, of the model's files. */
  readonly modelBytes: number;
  /** Compute dispatches of a frame; only where there is a GPU to dispatch to. */
  readonly dispatches?: number;
  /** One frame, from its pixels to the logits on the CPU. */
  runFrame(): Promise<Float32Array> | Float32Array;
}

/** One row of the result: per frame. */
export interface BenchRow extends Omit<Contender, 'runFrame' | 'modelBytes'>, Timing {
  readonly network: string;
  /** Bytes, gzip, that a page loads before its first result: the runtime's code and the model. */
  readonly wireBytes: number;
}

/** A row before the runtime's code has been weighed. */
export type TimedContender = Omit<BenchRow, 'wireBytes'> & Pick<Contender, 'modelBytes'>;

/** Size of what a server would send. */
export async function gzipBytes(parts: readonly Uint8Array<ArrayBuffer>[]): Promise<number> {
  let bytes = 0;
  for (const part of parts) {
    const compressed = new Blob([part]).stream().pipeThrough(new CompressionStream('gzip'));
    bytes += (await new Response(compressed).arrayBuffer()).byteLength;
  }
  return bytes;
}

/** Times runtimes frame by frame. */
export async function timeInterleaved(
  contenders: readonly Contender[],
  network: string,
  rounds: number,
): Promise<readonly TimedContender[]> {
  const timings = await timeRounds(
    contenders.map((contender) => () => contender.runFrame()),
    { rounds, warmUpRounds: 10 },
  );
  return contenders.map(({ runFrame: _, ...contender }, i) => {
    return { ...contender, network, ...timings[i]! };
  });
}
