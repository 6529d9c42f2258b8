import type { AveragePoolShape } from './contract.ts';

/** The plain meaning of contract.ts. @param input [positions][channels] @returns [channels] */
export function sumPositions(input: Int16Array, shape: AveragePoolShape): Int32Array {
  const accumulators = new Int32Array(shape.channels);
  for (let i = 0; i < shape.positions * shape.channels; i++) {
    accumulators[i % shape.channels]! += input[i]!;
  }
  return accumulators;
}
