import { expect, test } from 'vitest';
import { curveOf, lossCurves, smoothed } from '../../../../src/training/report/trainingCurves.ts';
import type { LogRecord } from '../../../../src/training/trainer/train.ts';

function record(step: number, ...losses: Readonly<Record<string, number>>[]): LogRecord {
  return {
    step,
    rateFactor: 1,
    durationMs: 5,
    subnets: losses.map((own, i) => ({ subnet: `${i}`, losses: own })),
    gradientNorm: 1,
    confident: null,
  };
}

test('the first subnet of a step is the largest; the others are averaged by term', () => {
  const log = [
    record(1, { pseudoLabels: 1 }, { pseudoLabels: 2, sourceDistillation: 3 }, { pseudoLabels: 4 }),
    record(2, { pseudoLabels: 5 }),
  ];
  expect(lossCurves(log, 'largest')).toEqual([
    {
      name: 'pseudo labels',
      points: [
        [1, 1],
        [2, 5],
      ],
    },
  ]);
  expect(lossCurves(log, 'others')).toEqual([
    { name: 'pseudo labels', points: [[1, 3]] },
    { name: 'source distillation', points: [[1, 3]] },
  ]);
});

test('steps without a number are left out', () => {
  // As JSON has it where a loss was not finite.
  const log = [record(1, { a: null as unknown as number }), record(2, { a: 3 })];
  expect(lossCurves(log, 'largest')).toEqual([{ name: 'a', points: [[2, 3]] }]);
  expect(curveOf('confident', log, ({ confident }) => confident).points).toEqual([]);
});

test('smoothing takes the mean of the steps around, and keeps a straight line', () => {
  const curve = {
    name: 'x',
    points: Array.from({ length: 100 }, (_, i): [number, number] => [i + 1, i === 50 ? 7 : 0]),
  };
  const values = smoothed(curve).points.map(([, value]) => value);
  // 3 steps to each side: a twentieth of all, rounded up.
  expect(values.filter((value) => value > 0)).toEqual(new Array(7).fill(1));
  expect(values[47]).toBe(1);
  const line = { name: 'y', points: curve.points.map(([step]): [number, number] => [step, step]) };
  expect(smoothed(line).points.slice(3, -3)).toEqual(line.points.slice(3, -3));
});
