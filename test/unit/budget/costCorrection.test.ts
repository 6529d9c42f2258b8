import { expect, test } from 'vitest';
import {
  type Correction,
  correct,
  correctedMs,
  interrupt,
  noCorrection,
} from '../../../src/budget/costCorrection.ts';

const frameMs = 33;
const calibratedMs = [10, 20];

/** Runs frames on one subnet of a device whose times are so many times the calibrated ones. */
function run(correction: Correction, index: number, factor: number, frames = 15): Correction {
  let next = correction;
  for (let i = 0; i < frames; i++) {
    const costMs = correctedMs(next, index, calibratedMs[index]!);
    next = correct(next, index, (factor * calibratedMs[index]!) / costMs, frameMs);
  }
  return next;
}

function ratioOf(correction: Correction): number {
  return correctedMs(correction, 1, 20) / correctedMs(correction, 0, 10);
}

test('a subnet that takes longer than its cost says, next to another one, gets dearer', () => {
  let correction = noCorrection(2);
  for (let i = 0; i < 12; i++) correction = run(run(correction, 0, 1), 1, 1.1);
  expect(ratioOf(correction)).toBeGreaterThan(2 * 1.07);
  expect(ratioOf(correction)).toBeLessThan(2 * 1.11);
});

test('a load that is the same for both changes nothing', () => {
  let correction = noCorrection(2);
  for (let i = 0; i < 5; i++) correction = run(run(correction, 0, 3), 1, 3);
  expect(ratioOf(correction)).toBeCloseTo(2, 9);
});

test('a difference as large as a load’s is taken for one', () => {
  const correction = run(run(noCorrection(2), 0, 1), 1, 2);
  expect(ratioOf(correction)).toBe(2);
});

test('a subnet that was left after three frames still tells something', () => {
  let correction = noCorrection(2);
  for (let i = 0; i < 4; i++) correction = run(run(correction, 0, 1), 1, 1.2, 3);
  expect(ratioOf(correction)).toBeGreaterThan(2.05);
});

test('across an interruption nothing is compared', () => {
  const correction = run(interrupt(run(noCorrection(2), 0, 1)), 1, 1.2);
  expect(ratioOf(correction)).toBe(2);
});

test('corrections have bounds, and fade', () => {
  let correction = noCorrection(2);
  for (let i = 0; i < 200; i++) {
    correction = run(correction, 0, 1);
    for (let j = 0; j < 15; j++) correction = correct(correction, 1, 1.2, frameMs);
  }
  expect(correctedMs(correction, 1, 20)).toBeLessThanOrEqual(20 * 1.2001);
  expect(correctedMs(correction, 0, 10)).toBeGreaterThanOrEqual(10 / 1.2001);
  correction = run(correction, 0, 1, 40_000);
  expect(ratioOf(correction)).toBeCloseTo(2, 1);
});

test('what is no duration changes nothing', () => {
  const correction = run(noCorrection(2), 0, 1);
  for (const ratio of [Number.NaN, 0, -1, Number.POSITIVE_INFINITY]) {
    expect(correct(correction, 1, ratio, frameMs)).toBe(correction);
  }
});
