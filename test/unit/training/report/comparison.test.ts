import { expect, test } from 'vitest';
import { compareEvaluations } from '../../../../src/training/report/comparison.ts';
import { formatComparison } from '../../../../src/training/report/comparisonTable.ts';
import type { Evaluation } from '../../../../src/training/report/evaluation.ts';
import { tinyEvaluation } from '../../../support/tinyEvaluation.ts';

type Top1 = readonly (readonly [bits: 4 | 8, bitOps: number, top1: number])[];

function evaluationOf(model: string, top1: Top1): Evaluation {
  const [subnet] = tinyEvaluation().subnets;
  const subnets = top1.map(([bits, bitOps, value]) => {
    return { ...subnet!, bits, bitOps, top1: value };
  });
  return tinyEvaluation({ model, subnets });
}

const joint = [
  evaluationOf('joint', [
    [8, 400, 0.5],
    [8, 900, 0.75],
    [4, 100, 0.25],
  ]),
  evaluationOf('joint', [
    [8, 400, 0.75],
    [8, 900, 1],
    [4, 100, 0.5],
  ]),
];
const single = evaluationOf('4 bit alone', [[4, 100, 0.25]]);

test('evaluations of one name are one row: mean, lowest and highest of each figure', () => {
  const [row, other] = compareEvaluations([joint[0]!, single, joint[1]!]);
  expect(row).toEqual({
    model: 'joint',
    dataset: 'drawn',
    evaluations: 2,
    largest: { mean: 0.875, lowest: 0.75, highest: 1 },
    byBits: new Map([
      [8, { mean: 0.75, lowest: 0.625, highest: 0.875 }],
      [4, { mean: 0.375, lowest: 0.25, highest: 0.5 }],
    ]),
    all: { mean: 0.625, lowest: 0.5, highest: 0.75 },
    worstLoss: { mean: 0.5, lowest: 0.5, highest: 0.5 },
  });
  expect(other).toMatchObject({ model: '4 bit alone', evaluations: 1 });
});

test('another data set is another row', () => {
  const elsewhere = { ...joint[1]!, dataset: 'elsewhere' };
  const rows = compareEvaluations([joint[0]!, elsewhere]);
  expect(rows.map(({ dataset, evaluations }) => [dataset, evaluations])).toEqual([
    ['drawn', 1],
    ['elsewhere', 1],
  ]);
});

test('the table has a column for each bit-width and a dash where a model has none of it', () => {
  expect(formatComparison(compareEvaluations([...joint, single]))).toBe(
    [
      '| model | pictures | largest | 8 bit | 4 bit | all | worst below largest |',
      '| --- | --- | ---: | ---: | ---: | ---: | ---: |',
      '| joint | drawn | 87.5 (75.0–100.0) | 75.0 (62.5–87.5) | 37.5 (25.0–50.0) | 62.5 (50.0–75.0) | 50.0 |',
      '| 4 bit alone | drawn | 25.0 | – | 25.0 | 25.0 | 0.0 |',
    ].join('\n'),
  );
});
