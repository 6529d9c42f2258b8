import { expect, test } from 'vitest';
import { verdictOn } from '../../soak/verdict.ts';

const nothing = { workers: 0, listeners: 0, videoFrames: 0 };
const warm = {
  ...nothing,
  frames: 1,
  wasmBytes: 100,
  gpuBytes: 0,
  pageHeapBytes: 1_000_000,
  workerHeapBytes: 1_000_000,
};

function verdict(last: Partial<typeof warm>, end: Partial<typeof nothing> = {}): readonly string[] {
  const levels = [warm, { ...warm, ...last }];
  const counts = { frames: 2, switches: 0, cycles: 1, seconds: 1 };
  return verdictOn({ ...counts, start: nothing, levels, end: { ...nothing, ...end } });
}

test('what is held may grow by 5 %, a heap by the grain of its measure, too', () => {
  expect(verdict({ wasmBytes: 105, pageHeapBytes: 1_150_000, workerHeapBytes: 1 })).toEqual([]);
});

test('the verdict names what was not given back', () => {
  expect(verdict({ pageHeapBytes: 1_150_001, gpuBytes: 1 }, { videoFrames: 1 })).toEqual([
    'videoFrames: 0 -> 1',
    'gpuBytes: 0 -> 1',
    'pageHeapBytes: 1000000 -> 1150001',
  ]);
});
