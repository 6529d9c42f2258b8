import * as v from 'valibot';
import { RtfqError } from '../../errors.ts';
import { bitWidths } from '../../quant/bits.ts';

const count = v.pipe(v.number(), v.integer(), v.minValue(0));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const positive = v.pipe(v.number(), v.gtValue(0));

const subnetSchema = v.strictObject({
  width: positive,
  resolution: positive,
  bits: v.picklist(bitWidths),
  macs: positive,
  bitOps: positive,
  top1: fraction,
  top5: fraction,
  images: count,
  /** Crop, resize and network, of one picture. */
  medianMs: v.pipe(v.number(), v.minValue(0)),
  /** By class index: pictures of the class, and those of them that were labelled so. */
  perClass: v.array(v.strictObject({ correct: count, total: count })),
  /** Share of labels that differ from the fake-quantized network's; null where it was not asked. */
  disagreement: v.nullable(fraction),
});

const evaluationSchema = v.strictObject({
  model: v.string(),
  backend: v.string(),
  /** Name of the labelled data set. */
  dataset: v.string(),
  /** Steps that the training run had taken; null where a model was evaluated. */
  step: v.nullable(count),
  classes: v.array(v.string()),
  /** As each subnet's, of all labels. */
  disagreement: v.nullable(fraction),
  subnets: v.pipe(v.array(subnetSchema), v.minLength(1)),
});

// Homomorphic, so that lists stay lists.
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** What `rtfq eval --json` writes; accuracies are fractions. */
export type Evaluation = DeepReadonly<v.InferOutput<typeof evaluationSchema>>;
export type SubnetEvaluation = Evaluation['subnets'][number];

/** @throws RtfqError `INVALID_ARGUMENT`, naming the field, what it holds and what it should hold */
export function parseEvaluation(json: string): Evaluation {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RtfqError('INVALID_ARGUMENT', 'the evaluation is not JSON', {
      got: json.slice(0, 40),
      hint: 'it is what `rtfq eval --json FILE` writes',
      cause,
    });
  }
  const parsed = v.safeParse(evaluationSchema, value, { abortEarly: true });
  if (parsed.success) return parsed.output;
  const issue: v.BaseIssue<unknown> = parsed.issues[0];
  throw new RtfqError(
    'INVALID_ARGUMENT',
    `the evaluation: ${v.getDotPath(issue) ?? 'the document'}`,
    {
      got: issue.received,
      expected: issue.expected ?? issue.message,
      hint: 'it is what `rtfq eval --json FILE` writes',
    },
  );
}
