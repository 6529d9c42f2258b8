import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { rolldown } from 'rolldown';
import { gzipBytes, weighPackage } from '../scripts/size.mjs';

/** Bytes, gzip, of the code that a runtime brings to the page; its model comes on top. */
export async function runtimeBytes(): Promise<Readonly<Record<'rtfq' | 'tfjs', number>>> {
  const own = await weighPackage();
  return {
    rtfq: own.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0),
    tfjs: await tfjsBytes(),
  };
}

// The least that runs a network on its wasm backend: without layers, converter and the other backends.
const tfjsEntry = `
  export * from '@tensorflow/tfjs-core';
  export * from '@tensorflow/tfjs-backend-wasm';
`;

async function tfjsBytes(): Promise<number> {
  const entryId = 'virtual:tfjs-entry';
  const build = await rolldown({
    input: entryId,
    platform: 'browser',
    plugins: [
      {
        name: 'virtual-entry',
        resolveId: (id) => (id === entryId ? id : null),
        load: (id) => (id === entryId ? tfjsEntry : null),
      },
    ],
    logLevel: 'silent',
  });
  const { output } = await build.generate({ format: 'es', minify: true });
  await build.close();
  const code = output.reduce(
    (sum, item) => sum + (item.type === 'chunk' ? gzipBytes(item.code) : 0),
    0,
  );
  const require = createRequire(import.meta.url);
  const wasm = require.resolve('@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm');
  return code + gzipBytes(await readFile(wasm));
}
