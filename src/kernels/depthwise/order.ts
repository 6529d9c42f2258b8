import { cellWeights } from '../../quant/packing.ts';

const groupChannels = 8;

/**
 * Puts cells ([32 channels] each; per 32 channels one for each tap) into the kernel's order: per 8 channels
 * [pair of taps][8 channels][2 taps], the last pair of an odd kernel filled with zeros.
 * @param channels padded to a multiple of 8
 */
export function orderDepthwiseWeights(cells: Int8Array, taps: number, channels: number): Int8Array {
  const pairs = Math.ceil(taps / 2);
  const groupBytes = pairs * groupChannels * 2;
  const ordered = new Int8Array((channels / groupChannels) * groupBytes);
  for (let channel = 0; channel < channels; channel++) {
    const from = Math.floor(channel / cellWeights) * taps * cellWeights + (channel % cellWeights);
    const to = Math.floor(channel / groupChannels) * groupBytes + (channel % groupChannels) * 2;
    for (let tap = 0; tap < taps; tap++) {
      const at = to + (tap >> 1) * groupChannels * 2 + (tap & 1);
      ordered[at] = cells[from + tap * cellWeights]!;
    }
  }
  return ordered;
}
