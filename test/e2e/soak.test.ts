import { expect, test } from 'vitest';
import { soakInChromium } from '../soak/soakInChromium.ts';
import type { SoakOptions } from '../soak/soakRun.ts';
import { verdictOn } from '../soak/verdict.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

const seed = 1;
// Half of a run.
const warmUpLevels = 5;
const tiny = { model: tinyModelPath('good'), backend: 'wasm', seed } as const;

const runs: readonly [string, SoakOptions][] = [
  ['40 classifiers', { ...tiny, frames: 4000, switches: 400, cycles: 40 }],
  ['one classifier, used for long', { ...tiny, frames: 3000, switches: 300, cycles: 1 }],
  ['6 classifiers on webgpu', { ...tiny, backend: 'webgpu', frames: 120, switches: 12, cycles: 6 }],
];

test.each(runs)(`what is held does not grow over %s, seed ${seed}`, async (_, options) => {
  const report = await soakInChromium(options);
  expect(report).toMatchObject({ frames: options.frames, switches: options.switches });
  for (const level of report.levels) {
    const memory = options.backend === 'webgpu' ? level.gpuBytes : level.wasmBytes;
    // Otherwise the counting would say nothing.
    expect(Math.min(memory, level.pageHeapBytes, level.workerHeapBytes)).toBeGreaterThan(0);
    expect(level.workers).toBe(1);
  }
  expect(verdictOn(report, warmUpLevels)).toEqual([]);
});
