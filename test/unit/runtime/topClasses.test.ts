import { expect, test } from 'vitest';
import { topClasses } from '../../../src/runtime/topClasses.ts';

const classes = ['ant', 'bee', 'cat'];

test('ranks by softmax', () => {
  const logits = Float32Array.of(Math.log(1), Math.log(6), Math.log(3));
  const ranked = topClasses(logits, classes, 3);
  expect(ranked.map(({ label }) => label)).toEqual(['bee', 'cat', 'ant']);
  for (const [i, expected] of [0.6, 0.3, 0.1].entries()) {
    expect(ranked[i]!.probability).toBeCloseTo(expected, 6);
  }
});

test('equal logits keep the order of the classes, and large ones do not overflow', () => {
  const ranked = topClasses(Float32Array.of(500, 900, 900), classes, 2);
  expect(ranked).toEqual([
    { index: 1, label: 'bee', probability: 0.5 },
    { index: 2, label: 'cat', probability: 0.5 },
  ]);
});

test('gives all classes when more are asked for', () => {
  expect(topClasses(new Float32Array(3), classes, 10)).toHaveLength(3);
});
