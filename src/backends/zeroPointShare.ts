import { type WeightLayout, weightIndex } from '../model/layout.ts';

/**
 * Per output channel, minus the sum over taps and inputs of weight times the input's zero point: what sums
 * over stored inputs must start from, so that they become sums over the values that are stored.
 * @param cells the layer's weights at full width
 * @param zeroPoints what stands for zero, one per stored input channel
 */
export function zeroPointShare(
  cells: Int8Array,
  layout: WeightLayout,
  zeroPoints: readonly number[],
): Int32Array {
  const share = new Int32Array(layout.outChannels);
  const inputs = layout.depthwise ? 1 : Math.min(zeroPoints.length, layout.inChannels);
  for (let o = 0; o < layout.outChannels; o++) {
    for (let tap = 0; tap < layout.taps; tap++) {
      for (let i = 0; i < inputs; i++) {
        const zero = zeroPoints[layout.depthwise ? o : i] ?? 0;
        share[o]! -= zero * cells[weightIndex(layout, o, tap, i)]!;
      }
    }
  }
  return share;
}
