import Table from 'cli-table3';
import type { Command } from 'commander';
import type { Manifest } from '../model/manifest.ts';
import { openModel } from '../model/reader.ts';
import { formatSubnet } from '../network/subnet.ts';
import { formatBytes, formatCount, formatPercent } from './format.ts';
import { modelFolder, readFilesFrom } from './modelFiles.ts';

// Bit operations of one multiply-add in 32-bit floats, as BitOPs count them.
const floatBitOpsPerMac = 32 * 32;

export function addInspectCommand(program: Command): void {
  program
    .command('inspect')
    .description('show the subnets of a model: accuracy, cost and size')
    .argument('<model>', 'folder of the model, or its model.json')
    .option('--json', 'print JSON')
    .action(async (path: string, { json }: { json?: true }) => {
      const { manifest } = await openModel(readFilesFrom(await modelFolder(path)));
      const report = inspectModel(manifest);
      console.log(json ? JSON.stringify(report, null, 2) : formatInspection(report, manifest));
    });
}

/** What `inspect` prints as JSON. Accuracies are fractions; null where none was recorded. */
export interface Inspection {
  readonly model: string;
  readonly topology: string;
  readonly classes: number;
  readonly packs: readonly { readonly file: string; readonly sizeBytes: number }[];
  readonly subnets: readonly {
    readonly width: number;
    readonly resolution: number;
    readonly bits: number;
    readonly top1: number | null;
    readonly top5: number | null;
    readonly macs: number;
    readonly bitOps: number;
    readonly weightBytes: number;
    readonly tableBytes: number;
  }[];
}

export function inspectModel(manifest: Manifest): Inspection {
  const { name, topology, classes, packs, subnets } = manifest;
  return {
    model: name,
    topology,
    classes: classes.length,
    packs: [packs.shared, ...packs.perBits].map(({ file, sizeBytes }) => ({ file, sizeBytes })),
    subnets: subnets.map(({ width, resolution, bits, accuracy, cost, table }) => ({
      width,
      resolution,
      bits,
      top1: accuracy?.top1 ?? null,
      top5: accuracy?.top5 ?? null,
      ...cost,
      tableBytes: table.sizeBytes,
    })),
  };
}

function formatInspection(report: Inspection, { subnets, provenance }: Manifest): string {
  const table = new Table({
    head: ['subnet', 'top-1', 'top-5', 'MACs', 'BitOPs', 'of fp32', 'weights', 'table'],
    colAligns: ['left', 'right', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [] },
  });
  report.subnets.forEach((subnet, i) => {
    table.push([
      formatSubnet(subnets[i]!),
      formatPercent(subnet.top1),
      formatPercent(subnet.top5),
      formatCount(subnet.macs),
      formatCount(subnet.bitOps),
      `1/${(floatBitOpsPerMac * (subnet.macs / subnet.bitOps)).toFixed(1)}`,
      formatBytes(subnet.weightBytes),
      formatBytes(subnet.tableBytes),
    ]);
  });
  const datasets = new Set(subnets.flatMap(({ accuracy }) => accuracy?.dataset ?? []));
  return [
    `${report.model}: ${report.topology}, ${report.classes} classes`,
    ...provenance.sources.map(({ role, name, licence }) => `${role}: ${name} (${licence})`),
    ...report.packs.map(({ file, sizeBytes }) => `${file}: ${formatBytes(sizeBytes)}`),
    ...(datasets.size === 0 ? [] : [`accuracy measured on: ${[...datasets].join(', ')}`]),
    table.toString(),
  ].join('\n');
}
