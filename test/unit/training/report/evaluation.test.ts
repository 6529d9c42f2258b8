import { describe, expect, test } from 'vitest';
import { checkAgreement } from '../../../../src/training/report/disagreement.ts';
import { type Evaluation, parseEvaluation } from '../../../../src/training/report/evaluation.ts';
import { tinyEvaluation } from '../../../support/tinyEvaluation.ts';

describe('an evaluation', () => {
  test('is read as it was written', () => {
    const evaluation = tinyEvaluation();
    expect(parseEvaluation(JSON.stringify(evaluation))).toEqual(evaluation);
  });

  test.each<[string, string, string]>([
    ['what is not JSON', '<!doctype html>', 'not JSON'],
    ['another document', '{"model": "x"}', 'backend'],
    [
      'accuracies in percent',
      JSON.stringify(tinyEvaluation()).replace('"top1":0.5', '"top1":50'),
      'subnets.0.top1',
    ],
  ])('refuses %s', (_, json, named) => {
    expect(() => parseEvaluation(json)).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        message: expect.stringContaining(named),
      }),
    );
  });
});

describe('a model agrees with its network', () => {
  /** Of 1000 pictures a subnet. */
  function differing(...counts: number[]): Evaluation {
    const [subnet] = tinyEvaluation().subnets;
    const sum = counts.reduce((total, one) => total + one, 0);
    return tinyEvaluation({
      disagreement: sum / (1000 * counts.length),
      subnets: counts.map((one) => ({ ...subnet!, images: 1000, disagreement: one / 1000 })),
    });
  }

  test('where no more labels differ than rounding explains', () => {
    expect(() => checkAgreement(differing(0, 5))).not.toThrow();
    expect(() => checkAgreement(differing(5, 5))).not.toThrow();
  });

  test('and not where one subnet goes over it, whatever the mean', () => {
    expect(() => checkAgreement(differing(0, 6, 0))).toThrow(
      expect.objectContaining({ code: 'INTERNAL', got: expect.stringContaining('0.60 %') }),
    );
  });

  test('one picture may differ, however few there are, but not one in every subnet', () => {
    const few = (subnets: number) => {
      const [subnet] = tinyEvaluation().subnets;
      const own = { ...subnet!, images: 4, disagreement: 0.25 };
      return tinyEvaluation({ disagreement: 0.25, subnets: new Array(subnets).fill(own) });
    };
    expect(() => checkAgreement(few(1))).not.toThrow();
    expect(() => checkAgreement(few(2))).toThrow(/25\.00 % of all labels/);
  });

  test('where nobody compared', () => {
    const subnets = tinyEvaluation().subnets.map((one) => ({ ...one, disagreement: null }));
    expect(() => checkAgreement(tinyEvaluation({ disagreement: null, subnets }))).not.toThrow();
  });
});
