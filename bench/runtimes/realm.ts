import type { Contender, ContenderSpec } from './contender.ts';
import type { ContenderInput } from './material.ts';
import { watchWasmMemories } from './wasmMemories.ts';

/** What a contender's own frame offers to the page. */
export interface Realm {
  openContender(spec: ContenderSpec, input: ContenderInput): Promise<Contender>;
  wasmBytes(): number;
}

declare global {
  var realm: Realm;
}

const wasmBytes = watchWasmMemories();

const createThread = () =>
  new Worker(new URL('../../src/worker/main.ts', import.meta.url), { type: 'module' });

globalThis.realm = {
  wasmBytes,
  openContender: async (spec, given) => {
    // Arrays of another realm are no arrays to `instanceof`, which libraries ask.
    const { resolution, frame, image, files, float, file } = structuredClone(given);
    switch (spec.runtime) {
      case 'rtfq': {
        const { openRtfq } = await import('./rtfq.ts');
        const { openWasmBackend } = await import('../../src/backends/wasm/backend.ts');
        const { simd, bits, threads, convKernel, leastPartMicroseconds } = spec;
        const subnet = { width: 1, resolution, bits };
        const options = {
          ...{ simd, threads, createThread },
          ...(convKernel === undefined ? {} : { convKernel }),
          ...(leastPartMicroseconds === undefined ? {} : { leastPartMicroseconds }),
        };
        const note = convKernel ?? '';
        const openBackend = () => openWasmBackend(options);
        return openRtfq({ files: files!, frame }, subnet, openBackend, { note });
      }
      case 'tfjs': {
        const { openTfjs } = await import('./tfjs.ts');
        return openTfjs({ image, float: float! });
      }
      case 'litert': {
        const { openLiteRt } = await import('./litert.ts');
        return openLiteRt({ image, resolution }, file!, spec.precision, spec.threads);
      }
      case 'onnxruntime': {
        const { openOnnxruntime } = await import('./onnxruntime.ts');
        return openOnnxruntime({ image, resolution }, file!, spec.precision, spec.threads);
      }
      default:
        return spec satisfies never;
    }
  },
};
