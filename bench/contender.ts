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
  /** One frame, from its pixels to the logits on the CPU. */
  runFrame(): Promise<Float32Array> | Float32Array;
}

/** One row of the result. Times are milliseconds per frame. */
export interface BenchRow extends Omit<Contender, 'runFrame' | 'modelBytes'> {
  readonly network: string;
  /** Bytes, gzip, that a page loads before its first result: the runtime's code and the model. */
  readonly wireBytes: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly minMs: number;
  readonly runs: number;
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

/**
 * Times contenders side by side: each round runs every one once, so that whatever slows the machine down
 * meanwhile slows all of them down.
 */
export async function timeInterleaved(
  contenders: readonly Contender[],
  network: string,
  rounds: number,
): Promise<readonly TimedContender[]> {
  const warmUpRounds = 10;
  const times = contenders.map((): number[] => []);
  for (let round = -warmUpRounds; round < rounds; round++) {
    for (const [i, contender] of contenders.entries()) {
      const startMs = performance.now();
      await contender.runFrame();
      if (round >= 0) times[i]!.push(performance.now() - startMs);
    }
  }
  return contenders.map(({ runFrame: _, ...contender }, i) => {
    const sorted = times[i]!.sort((a, b) => a - b);
    const at = (fraction: number) => sorted[Math.floor(fraction * (sorted.length - 1))]!;
    return {
      ...contender,
      network,
      medianMs: at(0.5),
      p95Ms: at(0.95),
      minMs: at(0),
      runs: rounds,
    };
  });
}
