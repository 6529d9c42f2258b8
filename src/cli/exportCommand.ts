import { mkdir, realpath, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Command, Option } from 'commander';
import { RtfqError, throwIfAborted } from '../errors.ts';
import { filesOf, type Manifest } from '../model/manifest.ts';
import { openModel } from '../model/reader.ts';
import { manifestFile } from '../model/validateFiles.ts';
import { findSubnet, formatSubnet, type Subnet } from '../network/subnet.ts';
import { writeFileAtomically } from '../training/node/atomicFile.ts';
import { formatBytes } from './format.ts';
import { modelFolder, readFilesFrom } from './modelFiles.ts';
import { parseSubnetOption } from './options.ts';

interface ExportCommandOptions {
  readonly model: string;
  readonly subnet: Subnet;
  readonly format: 'onnx' | 'tflite' | 'safetensors';
  readonly exact?: true;
  readonly out: string;
}

export function addExportCommand(program: Command, signal: AbortSignal): void {
  program
    .command('export')
    .description(
      'write one subnet as a file for onnxruntime or LiteRT, in integers; or as a checkpoint to train on from',
    )
    .requiredOption('--model <dir>', 'folder of the model, or its model.json')
    .addOption(
      new Option('--subnet <width,resolution,bits>', 'such as 1.0,224,8')
        .argParser(parseSubnetOption)
        .makeOptionMandatory(),
    )
    .addOption(
      new Option('--format <name>', 'of the file')
        .choices(['onnx', 'tflite', 'safetensors'])
        .makeOptionMandatory(),
    )
    .option('--exact', 'onnx that gives our logits to the bit: to compare, not to be fast')
    .requiredOption('--out <file>', 'the file to write')
    .action((options: ExportCommandOptions) => runExport(options, signal));
}

async function runExport(options: ExportCommandOptions, signal: AbortSignal): Promise<void> {
  const { format, exact, out } = options;
  if (exact && format !== 'onnx') {
    throw new RtfqError('INVALID_ARGUMENT', `there is no exact ${format}`, {
      got: `--exact --format ${format}`,
      expected: '--format onnx',
      hint: 'its operators round and add otherwise than ours; docs/export.md says where',
    });
  }
  const dir = await modelFolder(options.model);
  const model = await openModel(readFilesFrom(dir), { signal });
  const subnet = findSubnet(model.manifest.subnets, options.subnet);
  await checkTarget(out, dir, model.manifest);
  if (format === 'safetensors') {
    const { checkpointOfModel } = await import('../training/modelCheckpoint.ts');
    await write(out, await checkpointOfModel(model, subnet, { signal }), signal);
    console.log(`${out}: float weights of subnet ${formatSubnet(subnet)}, for train --weights`);
    return;
  }
  const { exportSubnet } = await import('../export/exportSubnet.ts');
  const bytes = await exportSubnet(model, subnet, exact ? 'onnxExact' : format, { signal });
  await write(out, bytes, signal);
  const { resolution: side } = subnet;
  const shape = format === 'onnx' ? [1, 3, side, side] : [1, side, side, 3];
  console.log(`${out}: subnet ${formatSubnet(subnet)}, ${formatBytes(bytes.length)}`);
  console.log(`in: image, uint8, ${shape.join(' x ')}, RGB`);
  console.log(`out: logits, float32, 1 x ${model.manifest.classes.length}`);
}

/** A file of the model, or what is no plain file, is not written over. */
export async function checkTarget(
  out: string,
  modelDir: string,
  manifest: Manifest,
): Promise<void> {
  const found = await stat(out).catch(() => null);
  if (found === null) return;
  if (!found.isFile()) {
    throw new RtfqError('INVALID_ARGUMENT', `cannot write ${out}`, {
      got: found.isDirectory() ? 'a folder' : 'something that is no plain file',
      expected: 'the name of a file',
    });
  }
  const target = await realpath(out);
  for (const file of [manifestFile, ...filesOf(manifest).map((reference) => reference.file)]) {
    const own = await realpath(join(modelDir, file)).catch(() => null);
    if (own !== target) continue;
    throw new RtfqError('INVALID_ARGUMENT', `${out} is a file of the model`, {
      expected: 'another name',
    });
  }
}

async function write(out: string, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  try {
    await mkdir(dirname(out), { recursive: true });
    await writeFileAtomically(out, bytes);
  } catch (cause) {
    throw new RtfqError('INVALID_ARGUMENT', `cannot write ${out}`, {
      got: cause instanceof Error ? cause.message : String(cause),
      cause,
    });
  }
}
