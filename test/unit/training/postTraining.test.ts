import { expect, test } from 'vitest';
import { activationRange } from '../../../src/quant/bits.ts';
import { activationStep } from '../../../src/training/postTraining/activationStep.ts';
import { ChannelMoments } from '../../../src/training/postTraining/channelMoments.ts';
import {
  matchMoments,
  poolNormalisation,
} from '../../../src/training/postTraining/normalisation.ts';
import { sampleChannels } from '../../../src/training/postTraining/sampleChannels.ts';

function momentsOf(channels: number, values: readonly number[]): ChannelMoments {
  const moments = new ChannelMoments(channels);
  moments.add(Float32Array.from(values));
  return moments;
}

test('mean and variance are per channel, over all that was added', () => {
  const moments = momentsOf(2, [1, 10, 3, 10]);
  moments.add(Float32Array.of(5, 10, 7, 10));
  expect(moments.mean(0)).toBe(4);
  expect(moments.variance(0)).toBe(5);
  expect(moments.mean(1)).toBe(10);
  expect(moments.variance(1)).toBe(0);
});

test('multiplier and bias give accumulators the wanted mean and variance', () => {
  const accumulator = momentsOf(1, [0, 20]); // mean 10, deviation 10
  const target = momentsOf(1, [2, 5]); // mean 3.5, deviation 1.5
  const { multiplier, bias } = matchMoments(Float32Array.of(0.125), accumulator, target);
  expect(multiplier[0]).toBeCloseTo(0.15, 6);
  expect(bias[0]).toBeCloseTo(2, 6);
});

test('a channel that does not vary, or hardly, keeps its steps and gets its mean', () => {
  const scale = Float32Array.of(0.5, 0.5);
  const accumulator = momentsOf(2, [4, 0, 4, 1]);
  const target = momentsOf(2, [1, 0, 3, 100]);
  const { multiplier, bias } = matchMoments(scale, accumulator, target);
  expect([...multiplier]).toEqual([0.5, 0.5]);
  expect(bias[0]).toBe(0);
  expect(bias[1]).toBe(49.75);
});

test('pooling is the mean of its inputs', () => {
  const { multiplier, bias } = poolNormalisation(2, 0.5, 49);
  expect([...multiplier]).toEqual([...Float32Array.of(0.5 / 49, 0.5 / 49)]);
  expect([...bias]).toEqual([0, 0]);
});

test('a step fits values that lie on a grid, and clips what is rare', () => {
  const range = activationRange(4, false);
  const grid = Float32Array.from({ length: 96_000 }, (_, i) => (i % 16) * 0.25);
  expect(activationStep([grid], 16, range)).toBeCloseTo(0.25, 2);
  const withOutlier = Float32Array.of(...grid, 40);
  expect(activationStep([withOutlier], 16, range)).toBeLessThan(1);
  expect(activationStep([new Float32Array(8)], 8, range)).toBe(1);
});

test.each([
  [14, 96],
  [8, 96],
  [48, 24],
  [7, 1280],
])(
  'a sample of outputs with sides of %i and %i channels has them all, about equally often',
  (side, channels) => {
    const positions = 8 * side * side;
    const part = Float32Array.from({ length: positions * channels }, (_, i) => i % channels);
    const parts = Array<Float32Array>(8).fill(part);
    const sample = sampleChannels(parts, channels, 2 ** 17);
    const counts = new Array<number>(channels).fill(0);
    for (const channel of sample) counts[channel]!++;
    expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    expect(sample.length).toBeGreaterThan(2 ** 16);
    expect(sample.length).toBeLessThanOrEqual(2 ** 18);
  },
);

test('a step is fitted to all channels, whatever their number has in common with that of the values', () => {
  // One value of 9 is enough; every 9th is of channels 0, 3, 6 and so on.
  const positions = 8 * 14 * 14;
  const part = Float32Array.from({ length: positions * 96 }, (_, i) => (i % 3 === 0 ? 0 : 1));
  const step = activationStep(Array<Float32Array>(8).fill(part), 96, activationRange(8, false));
  expect(step).toBeLessThan(0.01);
});

test('parts too short for all channels are sampled as one', () => {
  const parts = Array.from({ length: 12 }, () => Float32Array.of(0, 1, 2, 3));
  expect(new Set(sampleChannels(parts, 4, 16))).toEqual(new Set([0, 1, 2, 3]));
});
