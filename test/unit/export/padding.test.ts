import { expect, test } from 'vitest';
import type { Padding } from '../../../src/export/peerGraph.ts';
import { planPadding } from '../../../src/export/tflite/padding.ts';
import { outputSize } from '../../../src/network/geometry.ts';

const [same, valid] = [0, 1];

function plan(side: number, kernelSide: number, stride: number, padding: Padding) {
  const kernel = [kernelSide, kernelSide] as const;
  const input = { height: side, width: side };
  const output = outputSize({ op: 'conv', kernel, stride, padding: [...padding] }, input);
  return planPadding({ input, output, kernel, stride, padding });
}

test.each([
  ['none', 8, 1, 1, [0, 0, 0, 0], { scheme: valid, before: null }],
  ['one at each side', 8, 3, 1, [1, 1, 1, 1], { scheme: same, before: null }],
  ['TensorFlow’s at stride 2', 8, 3, 2, [0, 0, 1, 1], { scheme: same, before: null }],
  ['PyTorch’s at stride 2', 8, 3, 2, [1, 1, 1, 1], { scheme: valid, before: [1, 1, 0, 0] }],
  ['PyTorch’s where it is the same', 9, 3, 2, [1, 1, 1, 1], { scheme: same, before: null }],
  ['what no window reaches', 8, 1, 2, [0, 0, 0, 0], { scheme: valid, before: null }],
] as const)('%s', (_, side, kernel, stride, padding, expected) => {
  expect(plan(side, kernel, stride, padding)).toEqual(expected);
});
