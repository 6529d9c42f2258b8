import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { rolldown } from 'rolldown';
import { gzipBytes, weighPackage } from '../../scripts/size.mjs';
import type { Contender } from './contender.ts';

const require = createRequire(import.meta.url);

// The least that runs a network on its wasm backend: without layers, converter and the other backends.
const tfjsEntry = `
  export * from '@tensorflow/tfjs-core';
  export * from '@tensorflow/tfjs-backend-wasm';
`;

/** Bytes, gzip, of the code that each row's runtime brings to the page; its model comes on top. */
export async function codeBytes(
  rows: readonly Pick<Contender, 'runtime' | 'threads'>[],
): Promise<readonly number[]> {
  const known = new Map<string, number>();
  const weights: number[] = [];
  for (const { runtime, threads } of rows) {
    const key = `${runtime} ${threads > 1}`;
    const bytes = known.get(key) ?? (await weigh(runtime, threads > 1));
    known.set(key, bytes);
    weights.push(bytes);
  }
  return weights;
}

async function weigh(runtime: Contender['runtime'], threaded: boolean): Promise<number> {
  switch (runtime) {
    case 'rtfq':
      return (await weighPackage()).reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
    case 'tfjs': {
      const wasm = '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
      return (await bundledBytes(tfjsEntry)) + (await filesBytes([require.resolve(wasm)]));
    }
    case 'litert': {
      const folder = join(dirname(require.resolve('@litertjs/core')), '../wasm');
      const name = `litert_wasm_${threaded ? 'threaded_' : ''}internal`;
      const files = ['js', 'wasm'].map((ending) => join(folder, `${name}.${ending}`));
      return (await bundledBytes(`export * from '@litertjs/core';`)) + (await filesBytes(files));
    }
    case 'onnxruntime': {
      // One build for one thread and several.
      const wasm = require.resolve('onnxruntime-web/ort-wasm-simd-threaded.wasm');
      const script = join(dirname(wasm), 'ort.wasm.bundle.min.mjs');
      return filesBytes([script, wasm]);
    }
    default:
      return runtime satisfies never;
  }
}

async function filesBytes(paths: readonly string[]): Promise<number> {
  const files = await Promise.all(paths.map((path) => readFile(path)));
  return files.reduce((sum, bytes) => sum + gzipBytes(bytes), 0);
}

/** Of what a bundler makes of an entry. */
async function bundledBytes(entry: string): Promise<number> {
  const entryId = 'virtual:entry';
  const build = await rolldown({
    input: entryId,
    platform: 'browser',
    plugins: [
      {
        name: 'virtual-entry',
        resolveId: (id) => (id === entryId ? id : null),
        load: (id) => (id === entryId ? entry : null),
      },
    ],
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'es', minify: true });
  await build.close();
  return output.reduce((sum, item) => sum + (item.type === 'chunk' ? gzipBytes(item.code) : 0), 0);
}
