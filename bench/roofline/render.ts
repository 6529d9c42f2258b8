import Table from 'cli-table3';
import { dotInstructions, type NetworkRoofline, type Peaks, type Roofline } from './roofline.ts';
import { macWeightedShare, shareOfPeak, summariseKinds } from './shares.ts';

const noRules = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };
const style = { head: [], border: [] };

/** Tables for a terminal. */
export function renderRoofline({ peaks, networks }: Roofline): string {
  return [renderPeaks(peaks), ...networks.map((network) => renderNetwork(network, peaks))].join(
    '\n',
  );
}

function renderPeaks({ macsPerSecond, bandwidth }: Peaks): string {
  const table = new Table({ head: ['peak of', ''], style, chars: noRules });
  for (const name of dotInstructions) {
    table.push([name, `${giga(macsPerSecond[name])} G MAC/s`]);
  }
  for (const { name, sizeBytes, bytesPerSecond } of bandwidth) {
    table.push([`reading ${name} (${sizeBytes / 1024} KiB)`, `${giga(bytesPerSecond)} GB/s`]);
  }
  return table.toString();
}

function renderNetwork(network: NetworkRoofline, peaks: Peaks): string {
  const { bits, resolution, backend, frameMs, steps } = network;
  const kinds = new Table({
    head: ['kind', 'steps', 'M MACs', 'ms', '% of time', 'G MAC/s', '% of peak', 'GB/s'],
    style,
    chars: noRules,
  });
  for (const {
    kind,
    steps: count,
    macs,
    ms,
    shareOfTime,
    shareOfPeak: share,
    bytes,
  } of summariseKinds(network, peaks)) {
    kinds.push([
      kind,
      count,
      mega(macs),
      ms.toFixed(3),
      percent(shareOfTime),
      rate(macs, ms),
      percent(share),
      rate(bytes, ms),
    ]);
  }
  const layers = new Table({
    head: ['step', 'kind', 'shape', 'kernel', 'M MACs', 'ms', 'G MAC/s', '% of peak', 'GB/s'],
    style,
    chars: noRules,
  });
  for (const step of steps) {
    const { name, kind, shape, kernels, macs, bytes, minMs } = step;
    layers.push([
      name,
      kind,
      shape,
      kernels.join(', '),
      mega(macs),
      minMs.toFixed(4),
      rate(macs, minMs),
      percent(shareOfPeak(step, peaks)),
      rate(bytes, minMs),
    ]);
  }
  const sumMs = steps.reduce((sum, { minMs }) => sum + minMs, 0);
  const pointwise = percent(macWeightedShare(network, peaks, 'pointwise'));
  return [
    '',
    `${network.network} at ${resolution}, ${bits} bit, ${backend}: ` +
      `a frame takes ${frameMs.toFixed(2)} ms, its steps in place ${sumMs.toFixed(2)} ms; ` +
      `pointwise layers reach ${pointwise} % of their instruction's peak (mean by MACs)`,
    layers.toString(),
    kinds.toString(),
  ].join('\n');
}

function mega(count: number): string {
  return count === 0 ? '' : (count / 1e6).toFixed(2);
}

function giga(count: number): string {
  return (count / 1e9).toFixed(1);
}

function rate(count: number, ms: number): string {
  return count === 0 ? '' : giga((1000 * count) / ms);
}

function percent(share: number | null): string {
  return share === null ? '' : (100 * share).toFixed(0);
}
