import type { Evaluation } from './evaluation.ts';
import { html, type Markup } from './html.ts';

/** What a reader wants to know first. */
export function summarySection({ subnets, dataset, step }: Evaluation): Markup {
  const byCost = [...subnets].sort((a, b) => b.bitOps - a.bitOps);
  const [largest, smallest] = [byCost[0]!, byCost.at(-1)!];
  const mean = subnets.reduce((sum, { top1 }) => sum + top1, 0) / subnets.length;
  const percent = (fraction: number) => `${(100 * fraction).toFixed(1)} %`;
  const figures = [
    ['largest subnet', percent(largest.top1)],
    [`mean of ${subnets.length}`, percent(mean)],
    ['smallest subnet', percent(smallest.top1)],
    ['pictures', String(largest.images)],
  ] as const;
  const when = step === null ? '' : `, measured after step ${step}`;
  return html`<section><h2>Top-1 on ${dataset}${when}</h2>
<dl class="figures">${figures.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl></section>`;
}

/** In place of everything that needs labels, which training does not have. */
export function missingEvaluation(): Markup {
  return html`<section><h2>Accuracy</h2>
<p>Training sees no labels of the target, so this report has no accuracy of its own. To add it:</p>
<pre tabindex="0">rtfq eval --run RUN --target PICTURES --data LABELLED --compare --json eval.json
rtfq report --run RUN --eval eval.json</pre></section>`;
}
