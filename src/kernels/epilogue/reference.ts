import { requantize } from '../../quant/round.ts';
import type { Epilogue } from './contract.ts';

/** Finishes accumulators, [positions][channels]: see contract.ts. */
export function finishAccumulators(accumulators: Int32Array, epilogue: Epilogue): void {
  const { multiplier, bias, residual, clampMin, clampMax, floatOutput, integerOutput } = epilogue;
  const channels = multiplier.length;
  for (let i = 0; i < accumulators.length; i++) {
    const c = i % channels;
    const product = Math.fround(multiplier[c]! * Math.fround(accumulators[i]!));
    let y = Math.fround(product + bias[c]!);
    if (residual !== null) y = Math.fround(y + residual[i]!);
    if (y < clampMin) y = clampMin;
    if (clampMax < y) y = clampMax;
    if (floatOutput !== null) floatOutput[i] = y;
    if (integerOutput !== null) {
      const { values, inverseStep, range } = integerOutput;
      values[i] = requantize(y, inverseStep, range);
    }
  }
}
