import Table from 'cli-table3';
import { formatSubnet } from '../network/subnet.ts';
import type { Evaluation } from '../training/report/evaluation.ts';
import { formatCount, formatPercent } from './format.ts';

/** For a terminal. */
export function formatEvaluation(evaluation: Evaluation): string {
  const { model, backend, dataset, step, disagreement, subnets } = evaluation;
  const isCompared = disagreement !== null;
  const table = new Table({
    head: ['subnet', 'BitOPs', 'top-1', 'top-5', 'median ms', ...(isCompared ? ['differ'] : [])],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  for (const subnet of subnets) {
    table.push([
      formatSubnet(subnet),
      formatCount(subnet.bitOps),
      formatPercent(subnet.top1),
      formatPercent(subnet.top5),
      subnet.medianMs.toFixed(1),
      ...(isCompared ? [formatShare(subnet.disagreement)] : []),
    ]);
  }
  const images = subnets[0]?.images ?? 0;
  const after = step === null ? '' : ` after step ${step}`;
  return [
    `${model}${after} on ${backend}: ${images} pictures of ${dataset}`,
    table.toString(),
    ...(isCompared
      ? [`labels that differ from the fake-quantized network: ${formatShare(disagreement)}`]
      : []),
  ].join('\n');
}

/** Finer than accuracies: half a percent is a lot here. */
function formatShare(fraction: number | null): string {
  return fraction === null ? '-' : `${(100 * fraction).toFixed(2)} %`;
}
