import type { IntegerRange } from '../../quant/bits.ts';

/**
 * What follows each sum of products (numeric contract, rules 4 and 5), each operation rounded to f32:
 *   y = multiplier[c] * acc + bias[c]        multiply and add rounded separately
 *   y = y + residual                         where there is one
 *   y = y < clampMin ? clampMin : y; y = clampMax < y ? clampMax : y
 *   q = clamp(roundTiesToEven(y * inverseStep), range)
 * y goes to `floatOutput`, q to `integerOutput`; either may be absent. All are [positions][channels].
 */
export interface Epilogue {
  readonly multiplier: Float32Array;
  readonly bias: Float32Array;
  readonly residual: Float32Array | null;
  readonly clampMin: number;
  readonly clampMax: number;
  readonly floatOutput: Float32Array | null;
  readonly integerOutput: IntegerOutput | null;
}

export interface IntegerOutput {
  readonly values: Int16Array;
  readonly inverseStep: number;
  readonly range: IntegerRange;
}
