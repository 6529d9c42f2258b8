import { expect, test } from 'vitest';
import { activationRange } from '../../../src/quant/bits.ts';
import { activationStep } from '../../../src/training/postTraining/activationStep.ts';
import { ChannelMoments } from '../../../src/training/postTraining/channelMoments.ts';
import {
  matchMoments,
  poolNormalisation,
} from '../../../src/training/postTraining/normalisation.ts';

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
  expect(activationStep([grid], range)).toBeCloseTo(0.25, 2);
  const withOutlier = Float32Array.of(...grid, 40);
  expect(activationStep([withOutlier], range)).toBeLessThan(1);
  expect(activationStep([new Float32Array(8)], range)).toBe(1);
});
