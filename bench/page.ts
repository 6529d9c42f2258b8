import { openWasmBackend, type WasmOptions } from '../src/backends/wasm/backend.ts';
import { convKernels } from '../src/kernels/table.ts';
import { openModel } from '../src/model/reader.ts';
import { mobilenetv2 } from '../src/network/mobilenetv2.ts';
import type { BitWidth } from '../src/quant/bits.ts';
import { randomModelFiles, readFrom } from '../test/support/randomModel.ts';
import { type TimedContender, timeInterleaved } from './contender.ts';
import { openRtfq } from './rtfq.ts';
import { openTfjs } from './tfjs.ts';
import { webgpuContenders } from './webgpu.ts';

export interface BenchOptions {
  readonly rounds: number;
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

globalThis.runBench = async ({ rounds, resolution, what }) => {
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
  if (what === 'webgpu') {
    return timeInterleaved(await webgpuContenders(files, model, subnet), 'mobilenetv2', rounds);
  }
  const contenders = [await openTfjs(model, subnet)];
  const builds: readonly WasmOptions[] = [
    { simd: 'auto' },
    { simd: 'simd128' },
    ...(what === 'kernels'
      ? convKernels.map(({ name }) => ({ simd: 'relaxed', convKernel: name }) as const)
      : []),
  ];
  for (const build of builds) {
    for (const b of bits) {
      const backend = await openWasmBackend(build);
      contenders.push(await openRtfq(files, { ...subnet, bits: b }, backend, build.convKernel));
    }
  }
  return timeInterleaved(contenders, 'mobilenetv2', rounds);
};
