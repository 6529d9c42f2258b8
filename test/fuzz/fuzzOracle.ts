import { isDeepStrictEqual } from 'node:util';
import { RtfqError, type RtfqErrorCode } from '../../src/errors.ts';
import type { Manifest } from '../../src/model/manifest.ts';
import { type Model, openModel, type ReadFile, type WeightPack } from '../../src/model/reader.ts';
import { tableBytes, writeTable } from '../../src/model/table.ts';
import type { ModelFiles } from '../../src/model/writer.ts';
import { buildPlan, type Plan } from '../../src/network/plan.ts';
import type { CheckedDevice } from '../support/bounds/checkedDevice.ts';
import { randomFrame } from '../support/parity.ts';
import type { FuzzInput } from './fuzzInput.ts';

/** How an input ended, where it ended as it may. */
export type FuzzOutcome = RtfqErrorCode | 'loaded' | 'loaded: means the same' | 'no such file';

const refusals: ReadonlySet<RtfqErrorCode> = new Set(['MODEL_FORMAT', 'MODEL_INTEGRITY']);

// SPEC.md, "Limits".
const maxActivationValues = 2 ** 27;
// Plans above are not run: they would take seconds. Their limits are checked all the same.
const maxRunValues = 2 ** 16;
const maxRunMultiplications = 2 ** 20;

// What a byte of a file may become in memory. A channel of a table takes 8 bytes and becomes three 4-byte fields
// of 8 channels; a 16-byte cell of 4-bit weights becomes 64 bytes.
const bytesPerFileByte = 12;
// Arguments, and what is rounded up.
const bytesPerLayer = 1024;

const frame = randomFrame(20, 17, 1);

/**
 * Judges inputs. A model is refused by a `MODEL_*` error, or it is loaded and then
 *
 * - where it was damaged, it means what it meant before: no more than white space of model.json is different;
 * - where it was forged, it is valid in itself: what was read is what the files say, nothing repaired or left out;
 * - no file outside of the model's folder was asked for;
 * - no plan has more values than the format allows, and a plan's program takes no more memory than its files and
 *   its plan account for, and gives all of it back;
 * - the wasm kernels, which run it under watch, touch nothing but what is theirs, and give numbers for all classes.
 */
export class FuzzOracle {
  readonly #device: CheckedDevice;
  /** Of the plans that ran: where a kernel goes depends on shapes alone, so one of each is enough. */
  readonly #shapes = new Set<string>();

  constructor(device: CheckedDevice) {
    this.#device = device;
  }

  /** @throws an Error where an input ends as none may */
  async judge({ kind, files, original, intent }: FuzzInput): Promise<FuzzOutcome> {
    let isMissing = false;
    const read: ReadFile = async (file) => {
      expectInFolder(file);
      const bytes = files.get(file);
      isMissing ||= bytes === undefined;
      if (bytes === undefined) throw new RtfqError('MODEL_FETCH_FAILED', `no ${file}`);
      return bytes;
    };
    try {
      const model = await openModel(read);
      await this.#load(model, files, original);
      expect(
        isDeepStrictEqual(model.manifest, writtenManifest(files)),
        'the manifest is not read as it is written',
      );
      expect(kind !== 'repeatedKey', 'a key that is there twice was loaded');
      if (intent === 'forgery') return 'loaded';
      expect(meaningOf(files) === meaningOf(original), 'damage was loaded');
      return 'loaded: means the same';
    } catch (thrown) {
      if (!(thrown instanceof RtfqError)) throw thrown;
      if (isMissing && thrown.code === 'MODEL_FETCH_FAILED') return 'no such file';
      expect(refusals.has(thrown.code), `refused as ${thrown.code}: ${thrown.message}`);
      return thrown.code;
    }
  }

  async #load(model: Model, files: ModelFiles, original: ModelFiles): Promise<void> {
    const { manifest } = model;
    const plans: Plan[] = [];
    for (const subnet of manifest.subnets) {
      const tables = await model.readTable(subnet);
      const written = files.get(subnet.table.file)!;
      expect(
        written === original.get(subnet.table.file) || sameBytes(writeTable(tables), written),
        'a table is not read as it is written',
      );
      plans.push(buildPlan(manifest, subnet, tables));
    }
    const ids = ['shared', ...manifest.bits] as const;
    const packs = await Promise.all(ids.map((id) => model.readPack(id)));
    for (const plan of plans) this.#run(manifest, plan, packs);
  }

  #run(manifest: Manifest, plan: Plan, packs: readonly WeightPack[]): void {
    const values = plan.tensors.reduce((sum, { height, width, channels }) => {
      return sum + height * width * Math.ceil(channels / 8) * 8;
    }, 0);
    expect(values <= maxActivationValues, `${values} activations`);
    if (values > maxRunValues || multiplicationsOf(plan) > maxRunMultiplications) return;
    const shape = shapeOf(plan);
    if (this.#shapes.has(shape)) return;
    this.#shapes.add(shape);
    const device = this.#device;
    for (const pack of packs) device.loadPack(manifest, pack);
    try {
      const { logits, programBytes } = device.check(plan, frame);
      expect(logits.length === manifest.classes.length, `${logits.length} logits`);
      const widthIndex = manifest.widths.indexOf(plan.subnet.width);
      const fileBytes = packs.reduce((sum, { bytes }) => sum + bytes.length, 0);
      const accounted =
        bytesPerFileByte * (fileBytes + tableBytes(manifest, widthIndex)) +
        bytesPerLayer * manifest.layers.length;
      expect(
        programBytes <= accounted,
        `${programBytes} bytes where ${accounted} are accounted for`,
      );
    } finally {
      for (const { id } of packs) device.unloadPack(id);
    }
    device.expectReleased();
  }
}

function expect(holds: boolean, message: string): void {
  if (!holds) throw new Error(message);
}

/** However a URL parser reads the name, it has to stay beside model.json. */
function expectInFolder(file: string): void {
  const folder = 'https://models.invalid/some/where/';
  const url = new URL(file, `${folder}model.json`);
  expect(url.href === folder + file, `the file ${JSON.stringify(file)} leaves its folder`);
}

function multiplicationsOf({ steps, tensors }: Plan): number {
  let sum = 0;
  for (const step of steps) {
    if (step.kind !== 'layer') continue;
    const { height, width, channels } = tensors[step.integerOutput ?? step.floatOutput!]!;
    const [kernelHeight, kernelWidth] = step.layer.kernel;
    const depth = step.layer.op === 'depthwise' ? 1 : tensors[step.input]!.channels;
    sum += height * width * channels * kernelHeight * kernelWidth * depth;
  }
  return sum;
}

/** All that decides over a program's memory and over where its kernels go in it. */
function shapeOf({ steps, tensors, cropFraction }: Plan): string {
  const shapes = steps.map((step) => {
    const layer = step.kind === 'layer' ? step.layer : null;
    return [
      ...[step.input, step.integerOutput, step.kind === 'layer' && step.floatOutput],
      ...(step.kind === 'layer' ? [step.residual, step.weightBits] : []),
      ...(layer ? [layer.op, layer.kernel, layer.stride, layer.padding] : []),
      ...(layer ? [layer.inChannels[0], layer.outChannels[0]] : []),
    ];
  });
  return JSON.stringify([shapes, tensors.map((tensor) => ({ ...tensor, name: '' })), cropFraction]);
}

function writtenManifest(files: ModelFiles): unknown {
  const { crc32: _, ...manifest } = JSON.parse(new TextDecoder().decode(files.get('model.json')));
  return manifest;
}

/** All bytes that mean something; the checksum is not over white space (SPEC.md, "Integrity"). */
function meaningOf(files: ModelFiles): string {
  const parts = [...files].map(([file, bytes]) => {
    const counted = file === 'model.json' ? bytes.filter((byte) => byte > 0x20) : bytes;
    return `${file} ${Buffer.from(counted).toString('latin1')}`;
  });
  return parts.sort().join('\n');
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
