import { CheckedDevice } from '../support/bounds/checkedDevice.ts';
import { FuzzInputs, type MutationKind } from './fuzzInput.ts';
import { FuzzOracle, type FuzzOutcome } from './fuzzOracle.ts';
import { hashOnThisThread } from './quickHashes.ts';

export interface FuzzTally {
  readonly seed: number;
  inputs: number;
  /** How many inputs of a kind ended how. */
  readonly outcomes: Map<MutationKind, Map<FuzzOutcome, number>>;
  /** Accesses of kernels that were checked. */
  accesses: number;
  slowest: { index: number; ms: number };
}

export interface FuzzRun {
  readonly seed: number;
  /** The first input's index. */
  readonly from: number;
  readonly inputs: number;
  readonly onProgress?: (tally: FuzzTally) => void;
  /** Ends the run after the input that is being judged. */
  readonly signal?: AbortSignal;
}

/** @throws an Error that names seed and index of the first input that ends as none may */
export async function runFuzz(run: FuzzRun): Promise<FuzzTally> {
  const restoreHashes = hashOnThisThread();
  const { stackTraceLimit } = Error;
  // Half a million refusals: where each was thrown is not asked.
  Error.stackTraceLimit = 0;
  try {
    return await judgeAll(run);
  } finally {
    Error.stackTraceLimit = stackTraceLimit;
    restoreHashes();
  }
}

async function judgeAll({ seed, from, inputs, onProgress, signal }: FuzzRun): Promise<FuzzTally> {
  const source = await FuzzInputs.open(seed);
  const device = await CheckedDevice.open('simd128');
  const oracle = new FuzzOracle(device);
  for (const files of source.originals) {
    const unchanged = { kind: 'fields', original: files, files, intent: 'damage' } as const;
    const outcome = await oracle.judge(unchanged);
    if (outcome !== 'loaded: means the same') throw new Error(`the model before: ${outcome}`);
  }
  const slowest = { index: from, ms: 0 };
  const tally: FuzzTally = { seed, inputs: 0, outcomes: new Map(), accesses: 0, slowest };
  for (let index = from; index < from + inputs && !signal?.aborted; index++) {
    const input = await source.make(index);
    const startMs = performance.now();
    const outcome = await oracle.judge(input).catch((cause) => {
      throw new Error(`seed ${seed}, input ${index} (${input.kind}): ${cause.message}`, { cause });
    });
    const ms = performance.now() - startMs;
    if (ms > slowest.ms) Object.assign(slowest, { index, ms });
    const ofKind = tally.outcomes.get(input.kind) ?? new Map<FuzzOutcome, number>();
    tally.outcomes.set(input.kind, ofKind.set(outcome, (ofKind.get(outcome) ?? 0) + 1));
    tally.inputs += 1;
    tally.accesses = device.accesses;
    onProgress?.(tally);
    // Lets signals through: nothing here waits for anything.
    if (index % 100 === 0) await new Promise(setImmediate);
  }
  return tally;
}
