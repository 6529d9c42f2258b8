import * as tf from '@tensorflow/tfjs';
import '@tensorflow/tfjs-backend-webgpu';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';
import wasmUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm.wasm?url';
import wasmSimdUrl from '@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm?url';
import { beforeAll, describe, expect, test } from 'vitest';
import { openModel } from '../../src/model/reader.ts';
import {
  beginRun,
  completeRecipe,
  disposeRun,
  exportRun,
  installTrainingKernels,
  type LogRecord,
  train,
  writeModel,
} from '../../src/training/index.ts';
import { readFrom } from '../support/randomModel.ts';
import { tinyData } from '../support/tinyData.ts';
import { tinyFloatNetwork } from '../support/tinyFloatNetwork.ts';

const seed = 11;
// The software adapter compiles each of some hundred shaders for seconds.
const timeout = 240_000;
const data = tinyData(seed);
const network = tinyFloatNetwork(seed, data.classes.length);
const recipe = completeRecipe({
  seed,
  widths: [1],
  resolutions: [16],
  bits: [8, 4],
  steps: 2,
  batch: { source: 6, target: 6, shards: 1 },
  optimiser: { weights: { learningRate: 0.02 } },
  head: { steps: 2 },
  calibration: { images: 6, batch: 6 },
});

/** Trains on tfjs's current backend. */
async function trainAndExport() {
  const records: LogRecord[] = [];
  const run = await beginRun(recipe, network, data);
  await train(run, data, { log: { append: async (record) => void records.push(record) } });
  const provenance = { generator: 'a test', command: `seed ${seed}`, sources: [] };
  const { contents } = await exportRun(run, data, { description: { name: 'tiny', provenance } });
  disposeRun(run);
  return { losses: records.map(({ subnets }) => subnets), files: await writeModel(contents) };
}

describe(`training in a browser (seed ${seed})`, { timeout }, () => {
  let expected: Awaited<ReturnType<typeof trainAndExport>>;
  beforeAll(async () => {
    setWasmPaths({
      'tfjs-backend-wasm.wasm': wasmUrl,
      'tfjs-backend-wasm-simd.wasm': wasmSimdUrl,
      // Not asked for where pages are not isolated.
      'tfjs-backend-wasm-threaded-simd.wasm': wasmSimdUrl,
    });
    await tf.setBackend('cpu');
    expected = await trainAndExport();
  }, timeout);

  test.each([
    ['webgpu', () => {}],
    ['wasm', installTrainingKernels],
  ] as const)('on tfjs-%s has the losses of tfjs-cpu', async (backend, install) => {
    expect(await tf.setBackend(backend)).toBe(true);
    install();
    const { losses, files } = await trainAndExport();
    for (const [step, subnets] of expected.losses.entries()) {
      for (const [i, { subnet, losses: terms }] of subnets.entries()) {
        expect(losses[step]![i]!.subnet).toBe(subnet);
        for (const [name, loss] of Object.entries(terms)) {
          const got = losses[step]![i]!.losses[name as keyof typeof terms];
          expect(got, `step ${step + 1}, ${subnet}, ${name}`).toBeCloseTo(loss, 2);
        }
      }
    }
    const { manifest } = await openModel(readFrom(files));
    expect(manifest.subnets).toHaveLength(2);
  });
});
