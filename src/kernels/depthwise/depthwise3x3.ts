import { cellWeights } from '../../quant/packing.ts';

/** What depthwise3x3.as.ts needs to be called with. */

export function isDepthwise3x3({
  kernel: [height, width],
  stride,
}: {
  readonly kernel: readonly [number, number];
  readonly stride: number;
}): boolean {
  return height === 3 && width === 3 && (stride === 1 || stride === 2);
}

// As much scratch memory as leaves the first-level cache room for the rows that it is made from.
const wishedScratchBytes = 24 * 1024;
// Two input rows, 16 channels, as i16.
const pairBytes = 2 * 16 * 2;

/**
 * How the kernel walks over the output: strips of rows, of which the input is kept in scratch memory as pairs of
 * rows, for whole tiles of columns.
 */
export function depthwise3x3Strips(
  outWidth: number,
  stride: number,
): { readonly stripRows: number; readonly scratchBytes: number } {
  const tileColumns = 2 * stride;
  const columns = (Math.ceil(outWidth / tileColumns) * tileColumns - 1) * stride + 3;
  const rowBytes = columns * pairBytes;
  // A strip takes one pair more than it has rows, or pairs of rows, of output.
  const tileRows = Math.max(1, Math.floor(wishedScratchBytes / rowBytes) - 1);
  return { stripRows: tileRows * (3 - stride), scratchBytes: (tileRows + 1) * rowBytes };
}

const halfGroupChannels = 4;

/**
 * For `depthwise3x3`: i16, per 4 channels [column of the kernel][output row][pair of input rows][4 channels]
 * [2 rows], zero where a row of the pair is not under the kernel. With stride 1 there are two output rows for
 * two pairs of input rows, with stride 2 one.
 * @param cells as for `orderDepthwiseWeights`, of a 3 x 3 kernel
 * @param channels padded to a multiple of 8
 */
export function orderDepthwise3x3Weights(
  cells: Int8Array,
  channels: number,
  stride: number,
): Int16Array {
  const outRows = stride === 1 ? 2 : 1;
  const ordered = new Int16Array(channels * 3 * outRows * 4);
  let to = 0;
  for (let first = 0; first < channels; first += halfGroupChannels) {
    for (let column = 0; column < 3; column++) {
      for (let outRow = 0; outRow < outRows; outRow++) {
        for (let inRow = 0; inRow < 4; inRow += 2) {
          for (let channel = first; channel < first + halfGroupChannels; channel++) {
            const cell =
              Math.floor(channel / cellWeights) * 9 * cellWeights + (channel % cellWeights);
            for (const row of [inRow - outRow, inRow + 1 - outRow]) {
              const isUnderKernel = row >= 0 && row < 3;
              ordered[to++] = isUnderKernel ? cells[cell + (row * 3 + column) * cellWeights]! : 0;
            }
          }
        }
      }
    }
  }
  return ordered;
}
