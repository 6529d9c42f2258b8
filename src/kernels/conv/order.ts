import { cellWeights } from '../../quant/packing.ts';

/**
 * The orders in which convolution kernels read weights, per group of 8 output channels and per tap:
 * `quads`: i8, [4 inputs at a time][8 outputs][4 inputs], which is the order of the packed cells;
 * `pairs`: i16, [2 inputs at a time][8 outputs][2 inputs].
 */
export type ConvWeightOrder = 'quads' | 'pairs';

/** How many cells there are in each dimension, outermost first. */
export interface CellGrid {
  readonly outGroups: number;
  readonly taps: number;
  readonly inGroups: number;
}

/**
 * Puts cells ([8 outputs][4 inputs] each) into a kernel's order.
 * @param paddedInGroups groups of 4 inputs per tap in the result; those beyond the grid's are zero
 */
export function orderConvWeights(
  cells: Int8Array,
  { outGroups, taps, inGroups }: CellGrid,
  paddedInGroups: number,
  order: ConvWeightOrder,
): Int8Array | Int16Array {
  const length = outGroups * taps * paddedInGroups * cellWeights;
  const ordered = order === 'quads' ? new Int8Array(length) : new Int16Array(length);
  for (let row = 0; row < outGroups * taps; row++) {
    const from = row * inGroups * cellWeights;
    const to = row * paddedInGroups * cellWeights;
    const rowCells = cells.subarray(from, from + inGroups * cellWeights);
    if (order === 'quads') ordered.set(rowCells, to);
    else splitIntoPairs(rowCells, ordered, to);
  }
  return ordered;
}

function splitIntoPairs(cells: Int8Array, ordered: Int8Array | Int16Array, to: number): void {
  const half = cellWeights / 2;
  for (let cell = 0; cell < cells.length; cell += cellWeights) {
    for (let output = 0; output < 8; output++) {
      for (let input = 0; input < 4; input++) {
        const at = cell + (input >> 1) * half + output * 2 + (input & 1);
        ordered[to + at] = cells[cell + output * 4 + input]!;
      }
    }
  }
}
