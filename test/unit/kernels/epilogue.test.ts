import { describe, expect, test } from 'vitest';
import type { Epilogue } from '../../../src/kernels/epilogue/contract.ts';
import { finishAccumulators } from '../../../src/kernels/epilogue/reference.ts';
import type { IntegerRange } from '../../../src/quant/bits.ts';

const unsigned: IntegerRange = { min: 0, max: 255 };
const signed: IntegerRange = { min: -8, max: 7 };

type Given = Partial<Omit<Epilogue, 'floatOutput' | 'integerOutput' | 'multiplier' | 'bias'>> & {
  readonly accumulators: readonly number[];
  readonly multiplier?: readonly number[];
  readonly bias?: readonly number[];
  readonly inverseStep?: number;
  readonly range?: IntegerRange;
};

function finish(given: Given): { readonly y: readonly number[]; readonly q: readonly number[] } {
  const { accumulators, multiplier = [1], bias = [0], inverseStep = 1, range = unsigned } = given;
  const floatOutput = new Float32Array(accumulators.length);
  const values = new Int16Array(accumulators.length);
  finishAccumulators(Int32Array.from(accumulators), {
    multiplier: Float32Array.from(multiplier),
    bias: Float32Array.from(bias),
    residual: given.residual ?? null,
    clampMin: given.clampMin ?? Number.NEGATIVE_INFINITY,
    clampMax: given.clampMax ?? Number.POSITIVE_INFINITY,
    floatOutput,
    integerOutput: { values, inverseStep, range },
  });
  return { y: [...floatOutput], q: [...values] };
}

describe('the epilogue', () => {
  test('takes the multiplier and the bias of each value’s channel', () => {
    const { y } = finish({ accumulators: [1, 2, 3, 4], multiplier: [0.5, -2], bias: [10, 0.25] });
    expect(y).toEqual([10.5, -3.75, 11.5, -7.75]);
  });

  test('adds the residual before the activation', () => {
    const residual = Float32Array.of(5, -5, 0.5);
    const { y } = finish({ accumulators: [2, 2, 2], residual, clampMin: 0, clampMax: 6 });
    expect(y).toEqual([6, 0, 2.5]);
  });

  test('rounds ties to even: once up, once down', () => {
    const { q } = finish({ accumulators: [1, 3, 5, -1, -3], multiplier: [0.5], range: signed });
    expect(q).toEqual([0, 2, 2, 0, -2]);
  });

  test('clamps to the integers’ range, whatever the activation', () => {
    const accumulators = [-300, -9, -8, 7, 8, 300];
    expect(finish({ accumulators, range: signed }).q).toEqual([-8, -8, -8, 7, 7, 7]);
    expect(finish({ accumulators }).q).toEqual([0, 0, 0, 7, 8, 255]);
  });

  test('multiplies with the inverse step', () => {
    expect(finish({ accumulators: [3, 6], clampMax: 5, inverseStep: 8 }).q).toEqual([24, 40]);
  });

  test('rounds the accumulator to f32 first', () => {
    // 2^24 + 1 lies half way between two f32 numbers; the even one is 2^24.
    expect(finish({ accumulators: [2 ** 24 + 1, 2 ** 24 + 3] }).y).toEqual([2 ** 24, 2 ** 24 + 4]);
  });

  test('rounds the product before it adds the bias, as no fused multiply-add does', () => {
    // (1 + 2^-23) * 8,388,607 is 2^23 - 2^-23: in f32 8,388,608, and nothing is left after the addition.
    // Fused, -2^-23 would be left.
    const multiplier = [1 + 2 ** -23];
    const { y } = finish({ accumulators: [2 ** 23 - 1], multiplier, bias: [-(2 ** 23)] });
    expect(y).toEqual([0]);
  });

  test('rounds after the bias before it adds the residual', () => {
    // 2^24 + 1 rounds to 2^24; added up at once, 1 would be left.
    const residual = Float32Array.of(-(2 ** 24));
    const { y } = finish({ accumulators: [2 ** 24], bias: [1], residual });
    expect(y).toEqual([0]);
  });

  test('writes only what is wanted', () => {
    const base = {
      multiplier: Float32Array.of(1),
      bias: Float32Array.of(0),
      residual: null,
      clampMin: 0,
      clampMax: 6,
    };
    const floatOutput = new Float32Array(1);
    finishAccumulators(Int32Array.of(4), { ...base, floatOutput, integerOutput: null });
    expect(floatOutput[0]).toBe(4);
    const values = new Int16Array(1);
    const integerOutput = { values, inverseStep: 2, range: unsigned };
    finishAccumulators(Int32Array.of(4), { ...base, floatOutput: null, integerOutput });
    expect(values[0]).toBe(8);
  });
});
