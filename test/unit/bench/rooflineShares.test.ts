import { expect, test } from 'vitest';
import type { NetworkRoofline, Peaks, StepTime } from '../../../bench/roofline/roofline.ts';
import { macWeightedShare, shareOfPeak, summariseKinds } from '../../../bench/roofline/shares.ts';

const peaks: Peaks = {
  macsPerSecond: { relaxedDot: 8e9, relaxedPairs: 4e9, wideDot: 2e9 },
  bandwidth: [],
};

function step(overrides: Partial<StepTime>): StepTime {
  return {
    name: 'layer',
    kind: 'pointwise',
    kernels: [],
    instruction: 'wideDot',
    shape: '',
    macs: 1e6,
    bytes: 1000,
    medianMs: 99,
    minMs: 1,
    ...overrides,
  };
}

// 1e6 at 2e9 a second take 0.5 ms at least; 3e6 take 1.5 ms.
const half = step({ minMs: 1 });
const quarter = step({ macs: 3e6, minMs: 6 });
const depthwise = step({ kind: 'depthwise', instruction: null, minMs: 3 });
const network: NetworkRoofline = {
  network: 'made up',
  backend: 'wasm',
  width: 1,
  resolution: 224,
  bits: 8,
  frameMs: 10,
  steps: [half, quarter, depthwise],
};

test('a step’s share of peak is the least time its multiply-adds can take, over the time they took', () => {
  expect(shareOfPeak(half, peaks)).toBeCloseTo(0.5, 12);
  expect(shareOfPeak(quarter, peaks)).toBeCloseTo(0.25, 12);
  expect(shareOfPeak(step({ instruction: 'relaxedDot', minMs: 0.5 }), peaks)).toBeCloseTo(0.25, 12);
  expect(shareOfPeak(depthwise, peaks)).toBeNull();
});

test('a kind’s steps add up, and slow ones weigh by their time', () => {
  const kinds = summariseKinds(network, peaks);
  expect(kinds.map(({ kind }) => kind)).toEqual(['pointwise', 'depthwise']);
  const [pointwise, rest] = kinds;
  expect(pointwise).toMatchObject({ steps: 2, macs: 4e6, bytes: 2000, ms: 7 });
  expect(pointwise!.shareOfTime).toBeCloseTo(0.7, 12);
  expect(pointwise!.shareOfPeak).toBeCloseTo(2 / 7, 12);
  expect(rest).toMatchObject({ steps: 1, ms: 3, shareOfPeak: null });
});

test('the mean share weighs by multiply-adds, and is none where nothing has a peak', () => {
  expect(macWeightedShare(network, peaks, 'pointwise')).toBeCloseTo((0.5 + 3 * 0.25) / 4, 12);
  expect(macWeightedShare(network, peaks, 'depthwise')).toBeNull();
});
