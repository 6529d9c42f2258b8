import { loadAndCompile, loadLiteRt, Tensor } from '@litertjs/core';
import { type Contender, gzipBytes, type PeerPrecision } from './contender.ts';
import type { Material } from './material.ts';

const wasmFolder = '/node_modules/@litertjs/core/wasm/';

/** LiteRT.js on a .tflite file. It is loaded once per realm. */
export async function openLiteRt(
  { image, resolution }: Pick<Material, 'image' | 'resolution'>,
  file: Uint8Array<ArrayBuffer>,
  precision: PeerPrecision,
  threads: number,
): Promise<Contender> {
  const startMs = performance.now();
  await loadLiteRt(wasmFolder, { threads: threads > 1 });
  const model = await loadAndCompile(file, {
    accelerator: 'wasm',
    cpuOptions: { numThreads: threads },
  });
  const runFrame = async () => {
    const input = new Tensor(image, [1, resolution, resolution, 3]);
    const [output] = await model.run(input);
    const logits = Float32Array.from(output!.toTypedArray());
    input.delete();
    output!.delete();
    return logits;
  };
  await runFrame();
  const firstMs = performance.now() - startMs;
  return {
    ...{ runtime: 'litert', backend: 'wasm, XNNPACK', threads, precision },
    bits: precision === 'f32' ? 32 : 8,
    firstMs,
    modelBytes: await gzipBytes([file]),
    runFrame,
  };
}
