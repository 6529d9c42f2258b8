import { formatSubnet } from '../../src/network/subnet.ts';
import type { Environment } from '../chromium.ts';
import { dotInstructions, type NetworkRoofline, type Peaks } from '../roofline/roofline.ts';
import { macWeightedShare, summariseKinds } from '../roofline/shares.ts';
import { comparisonTable } from '../runtimes/columns.ts';
import type { RuntimesResult } from '../runtimes/result.ts';
import { type SubnetsResult, switchCost } from '../subnets/result.ts';
import type { BenchResult } from './result.ts';

export interface ReportTable {
  readonly heads: readonly string[];
  /** As many cells a row as there are heads. */
  readonly rows: readonly (readonly string[])[];
}

/** One result, or a part of one, in words and tables: what the page and the documentation share. */
export interface ReportSection {
  readonly title: string;
  readonly note: string;
  readonly table: ReportTable;
}

export function sectionsOf(result: BenchResult): readonly ReportSection[] {
  switch (result.kind) {
    case 'runtimes':
    case 'kernels':
    case 'webgpu': {
      const { heads, cells } = comparisonTable(result.rows);
      return [
        {
          title: `${result.network} at ${result.resolution} x ${result.resolution}: ${result.kind}`,
          note: comparisonNote(result),
          table: { heads, rows: cells },
        },
      ];
    }
    case 'roofline':
      return [
        peaksSection(result.peaks),
        ...result.networks.map((network) => kindsSection(network, result.peaks)),
      ];
    case 'subnets':
      return [subnetsSection(result)];
    default:
      return result satisfies never;
  }
}

/** Where the figures come from, a line each. */
export function environmentLines(environment: Environment): readonly string[] {
  const { machine, chromium, jsFlags, crossOriginIsolated, versions, date, command } = environment;
  const isolation = crossOriginIsolated ? 'cross-origin isolated' : 'not cross-origin isolated';
  const flags = jsFlags === null ? 'no flags' : `flags ${jsFlags}`;
  return [
    `Machine: ${machine}`,
    `Chromium ${chromium}, headless, ${flags}, ${isolation}`,
    Object.entries(versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
    `${date.slice(0, 10)}: \`${command}\``,
  ];
}

function comparisonNote({ network, inARow }: RuntimesResult): string {
  const turns = inARow === 1 ? 'frame by frame in turns' : `${inARow} frames in a row, in turns`;
  const note =
    `One network with one set of weights, random; one picture; batch 1; all rows in one run, ${turns}. ` +
    'First: from the runtime’s script in memory to the first logits. Wire: gzip bytes of code, wasm and model; ' +
    'f32 weights that come from 8 bits, as here, compress better than others. Logits differ: mean difference from ' +
    'ours at 8 bits, in standard deviations. x: how many times faster than that peer, with as many threads where it ' +
    'has them.';
  // `activationLimit` of test/support/randomModel.ts; MobileNetV2's activations stop at 6 by themselves.
  return network === 'mobilenetv2'
    ? note
    : `${note} Here f32 rows differ much: the quantizers of the random network stop at 6, where floats go on.`;
}

function peaksSection({ macsPerSecond, bandwidth }: Peaks): ReportSection {
  return {
    title: 'What the machine can do',
    note: 'Dot instructions with nothing else in their way, and loads; measured in the same run as the layers.',
    table: {
      heads: ['peak of', 'a second'],
      rows: [
        ...dotInstructions.map((name) => [name, `${giga(macsPerSecond[name])} G MACs`]),
        ...bandwidth.map(({ name, bytesPerSecond }) => [
          `reading ${name}`,
          `${giga(bytesPerSecond)} GB`,
        ]),
      ],
    },
  };
}

function kindsSection(network: NetworkRoofline, peaks: Peaks): ReportSection {
  const pointwise = macWeightedShare(network, peaks, 'pointwise');
  const sumMs = network.steps.reduce((sum, { minMs }) => sum + minMs, 0);
  return {
    title: `Layers of ${network.network} at ${network.resolution}, ${network.bits} bit, ${network.backend}`,
    note:
      `A frame takes ${network.frameMs.toFixed(2)} ms, its steps by themselves ${sumMs.toFixed(2)} ms. ` +
      `Pointwise layers reach ${percent(pointwise)} % of their instruction’s peak, a mean by multiply-adds.`,
    table: {
      heads: ['kind', 'steps', 'M MACs', 'ms', '% of time', 'G MAC/s', '% of peak', 'GB/s'],
      rows: summariseKinds(network, peaks).map((kind) => [
        kind.kind,
        String(kind.steps),
        kind.macs === 0 ? '' : (kind.macs / 1e6).toFixed(1),
        kind.ms.toFixed(3),
        percent(kind.shareOfTime),
        rate(kind.macs, kind.ms),
        percent(kind.shareOfPeak),
        rate(kind.bytes, kind.ms),
      ]),
    },
  };
}

function subnetsSection({ model, backend, rows }: SubnetsResult): ReportSection {
  const { median, largest } = switchCost(rows);
  return {
    title: `All subnets of ${model}, ${backend}`,
    note:
      'A 640 x 480 frame, cropped and scaled. The first frame after a switch takes ' +
      `${median.toFixed(2)} times a steady one (median over the subnets; at most ${largest.toFixed(2)}).`,
    table: {
      heads: ['subnet', 'steady ms', 'after a switch', 'ratio'],
      rows: rows.map((row) => [
        formatSubnet(row),
        row.steadyMs.toFixed(2),
        row.firstMs.toFixed(2),
        (row.firstMs / row.steadyMs).toFixed(2),
      ]),
    },
  };
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
