import { convKernels } from '../../src/kernels/table.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import { agreementOf } from '../../test/support/peerAgreement.ts';
import { type NetworkName, openNetwork } from '../networks.ts';
import { timeRounds } from '../timeRounds.ts';
import type { Contender, ContenderSpec, RuntimeName, TimedContender } from './contender.ts';
import { inputOf, prepareMaterial } from './material.ts';
import type { Realm } from './realm.ts';
import { webgpuContenders } from './webgpu.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly network: NetworkName;
  readonly resolution: number;
  readonly runtimes: readonly RuntimeName[];
  readonly bits: readonly BitWidth[];
  /** Of runtimes that can have them. */
  readonly threads: readonly number[];
  /** How many frames of one follow one another before the next has its turn. */
  readonly inARow: number;
  /** What a thread's part of our work takes at least; what the backend finds worthwhile unless told. */
  readonly leastPartMicroseconds: number | undefined;
  /**
   * `kernels`: also each dense kernel wherever it is exact, so that the choice among them can be checked.
   * `webgpu`: the GPU backends; on the processor's emulation of one, only ratios between them mean anything.
   */
  readonly what: 'runtimes' | 'kernels' | 'webgpu';
}

declare global {
  var runBench: (options: BenchOptions) => Promise<readonly TimedContender[]>;
}

// Those of some runtimes wait for more work, spinning, for a millisecond or so.
const pauseMs = 4;

interface OpenedContender {
  readonly contender: Contender;
  wasmBytes(): number | null;
}

globalThis.runBench = async (options) => {
  const { rounds, inARow, network, resolution, bits, what } = options;
  const { files, model } = await openNetwork(network, { resolution, bits });
  const material = await prepareMaterial(model, files, resolution);
  const opened: OpenedContender[] = [];
  if (what === 'webgpu' || (what === 'runtimes' && (await hasGpu()))) {
    for (const contender of await webgpuContenders(material, bits)) {
      opened.push({ contender, wasmBytes: () => null });
    }
  }
  if (what !== 'webgpu') {
    for (const spec of contenderSpecs(what, options)) {
      if (!options.runtimes.includes(spec.runtime)) continue;
      console.info(`opening ${Object.values(spec).join(' ')}`);
      const realm = await openRealm();
      const contender = await realm.openContender(spec, await inputOf(model, material, spec));
      opened.push({ contender, wasmBytes: () => realm.wasmBytes() });
    }
  }
  const timings = await timeRounds(
    opened.map(
      ({ contender }) =>
        () =>
          contender.runFrame(),
    ),
    { rounds, warmUpRounds: Math.min(10, rounds), inARow, pauseMs },
  );
  const logits: ArrayLike<number>[][] = [];
  for (const { contender } of opened) logits.push([await contender.runFrame()]);
  const own = logits[opened.findIndex(({ contender: c }) => c.runtime === 'rtfq' && c.bits === 8)]!;
  return opened.map(({ contender: { runFrame: _, ...described }, wasmBytes }, i) => {
    const { meanDifference, deviation } = agreementOf(own, logits[i]!);
    const logitsDiffer = meanDifference / deviation;
    return { ...described, ...timings[i]!, wasmBytes: wasmBytes(), logitsDiffer };
  });
};

/** On a processor's emulation of a GPU, frames take seconds. */
async function hasGpu(): Promise<boolean> {
  const adapter = await navigator.gpu?.requestAdapter();
  return adapter != null && !adapter.isFallbackAdapter;
}

function contenderSpecs(
  what: 'runtimes' | 'kernels',
  { bits, threads: threadCounts, leastPartMicroseconds }: BenchOptions,
): readonly ContenderSpec[] {
  const parts = leastPartMicroseconds === undefined ? {} : { leastPartMicroseconds };
  const own = threadCounts.flatMap((threads) =>
    (['auto', 'simd128'] as const).flatMap((simd) =>
      bits.map((b): ContenderSpec => ({ runtime: 'rtfq', simd, bits: b, threads, ...parts })),
    ),
  );
  if (what === 'kernels') {
    const each = convKernels.flatMap(({ name }) =>
      bits.map(
        (b): ContenderSpec => ({
          ...{ runtime: 'rtfq', simd: 'relaxed', bits: b, threads: 1, convKernel: name },
        }),
      ),
    );
    return [{ runtime: 'tfjs' }, ...own, ...each];
  }
  const peers = (['litert', 'onnxruntime'] as const).flatMap((runtime) =>
    threadCounts.flatMap((threads) =>
      (['int8', 'f32'] as const).map(
        (precision): ContenderSpec => ({ runtime, precision, threads }),
      ),
    ),
  );
  // tfjs takes half as many threads as there are cores, so that on two cores it has one.
  return [...own, ...peers, { runtime: 'tfjs' }];
}

/** A frame with its own libraries: some load once only, or decide about threads when they do. */
async function openRealm(): Promise<Realm> {
  const frame = document.createElement('iframe');
  frame.src = './realm.html';
  const loaded = new Promise((resolve) => frame.addEventListener('load', resolve));
  document.body.append(frame);
  await loaded;
  // Modules have run when a document has loaded.
  return (frame.contentWindow as unknown as typeof globalThis).realm;
}
