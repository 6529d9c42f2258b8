import type { ComparedModel, Spread } from './comparison.ts';

/** A Markdown table, a row a model. Percent; with several evaluations, the lowest and the highest in brackets. */
export function formatComparison(models: readonly ComparedModel[]): string {
  const bits = [...new Set(models.flatMap(({ byBits }) => [...byBits.keys()]))].sort(
    (a, b) => b - a,
  );
  const heads = [
    'model',
    'pictures',
    'largest',
    ...bits.map((one) => `${one} bit`),
    'all',
    'worst below largest',
  ];
  const rows = models.map(({ model, dataset, largest, byBits, all, worstLoss }) => [
    model,
    dataset,
    ...[largest, ...bits.map((one) => byBits.get(one)), all, worstLoss].map(formatSpread),
  ]);
  const rules = heads.map((_, i) => (i < 2 ? '---' : '---:'));
  return [heads, rules, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function formatSpread(spread: Spread | undefined): string {
  if (spread === undefined) return '–';
  const [mean, lowest, highest] = [spread.mean, spread.lowest, spread.highest].map((value) =>
    (100 * value).toFixed(1),
  );
  return lowest === highest ? mean! : `${mean} (${lowest}–${highest})`;
}
