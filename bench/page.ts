import { openWasmBackend, type WasmOptions } from '../src/backends/wasm/backend.ts';
import { convKernels } from '../src/kernels/table.ts';
import type { BitWidth } from '../src/quant/bits.ts';
import { type TimedContender, timeInterleaved } from './contender.ts';
import { openNetwork } from './networks.ts';
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
  const { files, model } = await openNetwork('mobilenetv2', { resolution, bits });
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
