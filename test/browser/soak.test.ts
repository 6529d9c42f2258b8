import { expect, test } from 'vitest';
import { runSoak } from '../soak/soakRun.ts';
import { verdictOn } from '../soak/verdict.ts';
import { tinyModelPath } from '../support/tinyModelServer.ts';

const seed = 1;

test(`600 frames, 60 switches and 6 classifiers leave nothing behind, seed ${seed}`, async () => {
  const report = await runSoak({
    model: tinyModelPath('good'),
    backend: 'wasm',
    seed,
    frames: 600,
    switches: 60,
    cycles: 6,
  });
  expect(report).toMatchObject({ frames: 600, switches: 60 });
  expect(report.levels.every(({ wasmBytes }) => wasmBytes > 0)).toBe(true);
  expect(report.levels.every(({ workers }) => workers === 1)).toBe(true);
  expect(verdictOn(report)).toEqual([]);
});

test('the verdict names what was not given back', () => {
  const nothing = { workers: 0, listeners: 0, videoFrames: 0 };
  const level = { frames: 1, wasmBytes: 100, gpuBytes: 0, heapBytes: 100, ...nothing };
  const levels = [level, { ...level, wasmBytes: 105, heapBytes: 106 }];
  const report = { frames: 2, switches: 0, cycles: 1, start: nothing, levels, seconds: 1 };
  expect(verdictOn({ ...report, end: { ...nothing, videoFrames: 1 } })).toEqual([
    'videoFrames: 0 -> 1',
    'heapBytes: 100 -> 106',
  ]);
});
