import * as ort from 'onnxruntime-web/wasm';
import { imageTensorName, logitsTensorName } from '../../src/export/peerGraph.ts';
import { type Contender, gzipBytes, type PeerPrecision } from './contender.ts';
import type { Material } from './material.ts';

/** onnxruntime-web on an ONNX file. Its threads are decided once per realm. */
export async function openOnnxruntime(
  { image, resolution }: Pick<Material, 'image' | 'resolution'>,
  file: Uint8Array<ArrayBuffer>,
  precision: PeerPrecision,
  threads: number,
): Promise<Contender> {
  const pixels = resolution ** 2;
  const planes = image.map((_, i) => image[3 * (i % pixels) + Math.floor(i / pixels)]!);
  const startMs = performance.now();
  ort.env.wasm.numThreads = threads;
  ort.env.logLevel = 'error';
  const session = await ort.InferenceSession.create(file, { executionProviders: ['wasm'] });
  const runFrame = async () => {
    const input = new ort.Tensor('uint8', planes, [1, 3, resolution, resolution]);
    const { [logitsTensorName]: output } = await session.run({ [imageTensorName]: input });
    return output!.data as Float32Array;
  };
  await runFrame();
  const firstMs = performance.now() - startMs;
  return {
    ...{ runtime: 'onnxruntime', backend: 'wasm, MLAS', threads, precision },
    bits: precision === 'f32' ? 32 : 8,
    firstMs,
    modelBytes: await gzipBytes([file]),
    runFrame,
  };
}
