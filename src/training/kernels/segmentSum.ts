import * as tf from '@tensorflow/tfjs';
import { wasmKernel } from './wasmKernel.ts';

/** out[s] = sum of the rows of x whose id is s; ids outside [0, numSegments) are left out. */
export const segmentSumKernel: tf.KernelConfig = wasmKernel<
  'x' | 'segmentIds',
  { readonly numSegments: number }
>('UnsortedSegmentSum', ({ inputs: { x, segmentIds }, attributes: { numSegments }, memory }) => {
  const rowShape = x.shape.slice(segmentIds.shape.length);
  const rowSize = tf.util.sizeFromShape(rowShape);
  const sums = memory.makeFloats([numSegments, ...rowShape]);
  const to = memory.floatsOf(sums).fill(0);
  const from = memory.floatsOf(x);
  memory.integersOf(segmentIds).forEach((segment, row) => {
    if (segment < 0 || segment >= numSegments) return;
    for (let i = 0; i < rowSize; i++) to[segment * rowSize + i]! += from[row * rowSize + i]!;
  });
  return sums;
});
