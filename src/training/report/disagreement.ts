import { RtfqError } from '../../errors.ts';
import { formatSubnet } from '../../network/subnet.ts';
import type { Evaluation, SubnetEvaluation } from './evaluation.ts';

/**
 * Largest share of labels in which a model may differ from the fake-quantized network that it was exported
 * from. A picture whose two best classes lie within f32 rounding may go either way; more is a bug.
 */
export const largestDisagreement = 0.005;

/** Whether so many labels differ that rounding does not explain it. One may, however few there are. */
export function isDisagreeing({
  disagreement,
  images,
}: Pick<SubnetEvaluation, 'disagreement' | 'images'>): boolean {
  const differing = Math.round((disagreement ?? 0) * images);
  return differing > Math.max(1, largestDisagreement * images);
}

/** Of all subnets together. */
export function isDisagreeingOverall({ disagreement, subnets }: Evaluation): boolean {
  return isDisagreeing({
    disagreement,
    images: subnets.reduce((sum, { images }) => sum + images, 0),
  });
}

/** @throws RtfqError `INTERNAL` where a model is not what the fake-quantized network says */
export function checkAgreement(evaluation: Evaluation): void {
  const disagreeing = evaluation.subnets.filter(isDisagreeing);
  if (disagreeing.length === 0 && !isDisagreeingOverall(evaluation)) return;
  const percent = (share: number | null) => `${(100 * (share ?? 0)).toFixed(2)} %`;
  const found = disagreeing.map((one) => `${formatSubnet(one)}: ${percent(one.disagreement)}`);
  throw new RtfqError('INTERNAL', 'the model differs from the fake-quantized network', {
    got: [`${percent(evaluation.disagreement)} of all labels`, ...found].join('; '),
    expected: `at most ${percent(largestDisagreement)} of labels`,
    hint: 'this is a bug in rtfq: please report it',
  });
}
