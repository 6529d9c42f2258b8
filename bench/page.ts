import type { WasmOptions } from '../src/backends/wasm/backend.ts';
import { convKernels } from '../src/kernels/table.ts';
import { openModel } from '../src/model/reader.ts';
import { mobilenetv2 } from '../src/network/mobilenetv2.ts';
import type { BitWidth } from '../src/quant/bits.ts';
import { randomModelFiles, readFrom } from '../test/support/randomModel.ts';
import { type TimedContender, timeInterleaved } from './contender.ts';
import { openRtfq } from './rtfq.ts';
import { openTfjs } from './tfjs.ts';

export interface BenchOptions {
  readonly rounds: number;
  readonly resolution: number;
  /** Also time each dense kernel wherever it is exact, so that the choice among them can be checked. */
  readonly kernels: boolean;
}

declare global {
  var runBench: (options: BenchOptions) => Promise<readonly TimedContender[]>;
}

const bits: readonly BitWidth[] = [8, 6, 4];

globalThis.runBench = async ({ rounds, resolution, kernels }) => {
  // ImageNet's size with random weights: times do not depend on their values, and any machine has them.
  const files = await randomModelFiles({
    topology: mobilenetv2(1000, 'tensorflow'),
    classes: Array.from({ length: 1000 }, (_, i) => `class ${i}`),
    widths: [1],
    resolutions: [resolution],
    bits,
    seed: 1,
  });
  const model = await openModel(readFrom(files));
  const subnet = { width: 1, resolution, bits: 8 } as const;
  const contenders = [await openTfjs(model, subnet)];
  const builds: readonly WasmOptions[] = [
    { simd: 'auto' },
    { simd: 'simd128' },
    ...(kernels
      ? convKernels.map(({ name }) => ({ simd: 'relaxed', convKernel: name }) as const)
      : []),
  ];
  for (const build of builds) {
    for (const b of bits) contenders.push(await openRtfq(files, { ...subnet, bits: b }, build));
  }
  return timeInterleaved(contenders, 'mobilenetv2', rounds);
};
