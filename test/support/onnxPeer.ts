import * as ort from 'onnxruntime-web/wasm';
import { imageTensorName, logitsTensorName } from '../../src/export/peerGraph.ts';

ort.env.wasm.numThreads = 1;
ort.env.logLevel = 'error';

/** Runs a model in onnxruntime. @param images side x side x 3 bytes each. @returns logits, an array an image */
export async function runOnnx(
  model: Uint8Array,
  side: number,
  images: readonly Uint8Array[],
): Promise<readonly Float32Array[]> {
  const session = await ort.InferenceSession.create(model, { executionProviders: ['wasm'] });
  const logits: Float32Array[] = [];
  for (const image of images) {
    const input = new ort.Tensor('uint8', channelsFirst(image), [1, 3, side, side]);
    const { [logitsTensorName]: output } = await session.run({ [imageTensorName]: input });
    logits.push(output!.data as Float32Array);
  }
  await session.release();
  return logits;
}

function channelsFirst(rgb: Uint8Array): Uint8Array {
  const pixels = rgb.length / 3;
  return rgb.map((_, i) => rgb[3 * (i % pixels) + Math.floor(i / pixels)]!);
}
