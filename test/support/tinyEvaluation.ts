import type { Evaluation } from '../../src/training/report/evaluation.ts';

const classes = ['ant', 'bee', '<b>"cat" & co</b>'] as const;

/** What `rtfq eval` could have said of eight subnets and ten pictures of the first two classes. */
export function tinyEvaluation(changed: Partial<Evaluation> = {}): Evaluation {
  const subnets = [1, 0.5].flatMap((width) =>
    [24, 16].flatMap((resolution) =>
      ([8, 4] as const).map((bits): Evaluation['subnets'][number] => {
        const correct = 2 + 2 * width + (bits === 8 ? 1 : 0) + (resolution === 24 ? 0 : 2);
        const macs = 1000 * width * resolution ** 2;
        return {
          width,
          resolution,
          bits,
          macs,
          bitOps: macs * bits ** 2,
          top1: correct / 10,
          top5: 1,
          images: 10,
          medianMs: 0.5,
          perClass: [
            { correct: Math.min(5, correct), total: 5 },
            { correct: Math.max(0, correct - 5), total: 5 },
            { correct: 0, total: 0 },
          ],
          disagreement: 0,
        };
      }),
    ),
  );
  return {
    model: 'tiny',
    backend: 'wasm',
    dataset: 'drawn',
    step: 20,
    classes,
    disagreement: 0,
    subnets,
    ...changed,
  };
}
