import { expect, test } from 'vitest';
import { foldWeights } from '../../../src/export/foldWeights.ts';

function fold(weight: number, multiplier: number, bias: number) {
  const table = {
    inputStep: 0.5,
    multiplier: Float32Array.of(multiplier),
    bias: Float32Array.of(bias),
  };
  const folded = foldWeights(Int8Array.of(weight), table, 0.5, 0.25);
  return [folded.weights[0], folded.weightSteps[0], folded.bias[0]];
}

test('a usual channel keeps its weights; the bias is in units of the sum', () => {
  expect(fold(-128, 0.125, 3.2)).toEqual([-128, 0.25, 26]);
});

test('a negative multiplier turns the weights, -128 as far as it goes', () => {
  expect(fold(5, -0.125, 3.2)).toEqual([-5, 0.25, 26]);
  expect(fold(-128, -0.125, 0)).toEqual([127, 0.25, 0]);
});

test('a channel that is switched off keeps its bias, and a step that can be written', () => {
  const [weight, step, bias] = fold(100, 0, 3);
  expect(weight).toBe(0);
  expect(step! * 0.5 * bias!).toBeCloseTo(3, 6);
  expect(fold(100, 1e-30, 0)).toEqual([0, 0.5 * 2 ** -24, 0]);
});
