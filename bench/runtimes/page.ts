import { convKernels } from '../../src/kernels/table.ts';
import type { BitWidth } from '../../src/quant/bits.ts';
import { agreementOf } from '../../test/support/peerAgreement.ts';
import { type NetworkName, openNetwork } from '../networks.ts';
import { timeRounds } from '../timeRounds.ts';
import type { Contender, ContenderSpec, TimedContender } from './contender.ts';
import { inputOf, prepareMaterial } from './material.ts';
import type { Realm } from './realm.ts';
import { webgpuContenders } from './webgpu.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly network: NetworkName;
  readonly resolution: number;
  /**
   * `kernels`: also each dense kernel wherever it is exact, so that the choice among them can be checked.
   * `webgpu`: the GPU backends; on the processor's emulation of one, only ratios between them mean anything.
   */
  readonly what: 'runtimes' | 'kernels' | 'webgpu';
}

declare global {
  var runBench: (options: BenchOptions) => Promise<readonly TimedContender[]>;
}

const bits: readonly BitWidth[] = [8, 6, 4];
/** Of peers where pages may have them; our own backend has one thread. */
const threadCounts: readonly number[] = crossOriginIsolated ? [1, 2] : [1];
const ownThreadCounts: readonly number[] = [1];

interface OpenedContender {
  readonly contender: Contender;
  wasmBytes(): number | null;
}

globalThis.runBench = async ({ rounds, network, resolution, what }) => {
  const { files, model } = await openNetwork(network, { resolution, bits });
  const material = await prepareMaterial(model, files, resolution);
  const opened: OpenedContender[] = [];
  if (what === 'webgpu') {
    for (const contender of await webgpuContenders(material, bits)) {
      opened.push({ contender, wasmBytes: () => null });
    }
  } else {
    for (const spec of contenderSpecs(what)) {
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
    { rounds, warmUpRounds: Math.min(10, rounds) },
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

function contenderSpecs(what: 'runtimes' | 'kernels'): readonly ContenderSpec[] {
  const own = ownThreadCounts.flatMap((threads) =>
    (['auto', 'simd128'] as const).flatMap((simd) =>
      bits.map((b): ContenderSpec => ({ runtime: 'rtfq', simd, bits: b, threads })),
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
