import * as v from 'valibot';
import { RtfqError } from '../errors.ts';
import { bitWidths } from '../quant/bits.ts';
import { checksumOf } from './checksum.ts';
import { hasRepeatedKeys } from './repeatedKeys.ts';

/** The version that this code reads and writes; see SPEC.md, "Versions". */
export const formatVersion = 1;

/** What is longer is no manifest; 48 subnets of MobileNetV2 take 50 kilobytes. */
export const maxManifestBytes = 16 * 2 ** 20;

const count = v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(1 << 20));
const size = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(2 ** 31 - 1));
const amount = v.pipe(v.number(), v.integer(), v.minValue(0));
const pixels = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(64));
const bits = v.picklist(bitWidths);
const width = v.pipe(v.number(), v.gtValue(0), v.maxValue(1));
const resolution = v.pipe(v.number(), v.integer(), v.minValue(8), v.maxValue(2048));
const fraction = v.pipe(v.number(), v.minValue(0), v.maxValue(1));
const text = v.pipe(v.string(), v.maxLength(4096));
const name = v.pipe(v.string(), v.minLength(1), v.maxLength(200));

/** A plain file name beside model.json: no folder, no scheme, nothing that a URL could resolve elsewhere. */
const fileName = v.pipe(v.string(), v.regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/));

const fileSchema = v.strictObject({
  file: fileName,
  sizeBytes: size,
  sha256: v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/)),
});

/** Where a layer's packed weights lie. */
const weightsSchema = v.variant('pack', [
  v.strictObject({ pack: v.literal('shared'), bits, offset: size }),
  v.strictObject({
    pack: v.literal('perBits'),
    /** One entry per bit-width of the model, in the manifest's order. */
    bits: v.array(bits),
    offsets: v.array(size),
  }),
]);

const layerSchema = v.strictObject({
  name,
  op: v.picklist(['conv', 'depthwise', 'averagePool', 'maxPool', 'fullyConnected']),
  /** `image` or the name of an earlier layer. */
  input: name,
  /** The earlier layer whose output is added, in f32, before the activation. */
  residual: v.optional(name),
  kernel: v.strictTuple([count, count]),
  stride: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(8)),
  /** top, left, bottom, right */
  padding: v.strictTuple([pixels, pixels, pixels, pixels]),
  /** One entry per width of the model, in the manifest's order; non-increasing with the width. */
  inChannels: v.array(count),
  outChannels: v.array(count),
  activation: v.picklist(['none', 'relu', 'relu6']),
  /** Bits of the input's quantizer, one entry per bit-width of the model. */
  inputBits: v.array(bits),
  inputSigned: v.boolean(),
  weights: v.optional(weightsSchema),
});

const accuracySchema = v.strictObject({
  top1: fraction,
  top5: fraction,
  images: count,
  dataset: name,
});

const costSchema = v.strictObject({
  macs: amount,
  bitOps: amount,
  /** Bytes of the weights that this subnet reads, without what fills up the packing's cells. */
  weightBytes: size,
});

const subnetSchema = v.strictObject({
  width,
  resolution,
  bits,
  table: fileSchema,
  cost: costSchema,
  accuracy: v.optional(accuracySchema),
  /** Logits for the picture of runtime/selfTest.ts: what backends are tried on. */
  selfTest: v.optional(v.pipe(v.array(v.pipe(v.number(), v.finite())), v.maxLength(100_000))),
});

/** One of the things that a model was made of, and its licence. */
export const sourceSchema = v.strictObject({
  name: text,
  role: v.picklist(['weights', 'training', 'calibration', 'evaluation']),
  licence: text,
});

const manifestSchema = v.strictObject({
  format: v.literal('rtfq'),
  version: v.literal(formatVersion),
  /** Checked, and taken away, by `parseManifest`; absent where the document was edited by hand. */
  crc32: v.optional(v.pipe(v.string(), v.regex(/^[0-9a-f]{8}$/))),
  name,
  topology: name,
  classes: v.pipe(v.array(text), v.minLength(1), v.maxLength(100_000)),
  input: v.strictObject({
    /** The pixel value, per RGB channel, that zero padding has. */
    zeroPoint: v.strictTuple([pixelValue(), pixelValue(), pixelValue()]),
    /** The side of the centre square that is classified, as a fraction of the frame's short side. */
    cropFraction: v.pipe(v.number(), v.gtValue(0), v.maxValue(1)),
  }),
  /** Each dimension's values, largest first. */
  widths: v.pipe(v.array(width), v.minLength(1), v.maxLength(64)),
  resolutions: v.pipe(v.array(resolution), v.minLength(1), v.maxLength(64)),
  bits: v.pipe(v.array(bits), v.minLength(1)),
  layers: v.pipe(v.array(layerSchema), v.minLength(1), v.maxLength(4096)),
  packs: v.strictObject({
    shared: fileSchema,
    perBits: v.array(fileSchema),
  }),
  subnets: v.pipe(v.array(subnetSchema), v.minLength(1), v.maxLength(4096)),
  provenance: v.strictObject({
    generator: text,
    command: text,
    sources: v.array(sourceSchema),
  }),
});

function pixelValue() {
  return v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(255));
}

// Homomorphic, so that lists and tuples stay lists and tuples.
type DeepReadonly<T> = T extends object ? { readonly [K in keyof T]: DeepReadonly<T[K]> } : T;

/** `model.json`: everything but the numbers. SPEC.md says what each field means. */
export interface Manifest
  extends DeepReadonly<Omit<v.InferOutput<typeof manifestSchema>, 'crc32'>> {}
export type Layer = DeepReadonly<v.InferOutput<typeof layerSchema>>;
/** All files of the model besides model.json. */
export function filesOf({ packs, subnets }: Pick<Manifest, 'packs' | 'subnets'>): FileReference[] {
  return [packs.shared, ...packs.perBits, ...subnets.map(({ table }) => table)];
}

/** Whether a layer only pools: it has no weights, and each channel sees only itself. */
export function isPooling({ op }: Pick<Layer, 'op'>): boolean {
  return op === 'averagePool' || op === 'maxPool';
}

export type LayerWeights = NonNullable<Layer['weights']>;
/** A file beside `model.json`: its name, bytes and SHA-256 (64 hexadecimal digits). */
export interface FileReference extends DeepReadonly<v.InferOutput<typeof fileSchema>> {}
/** A subnet as the model lists it, with its table, cost and, where they were recorded, accuracy and self-test. */
export interface SubnetEntry extends DeepReadonly<v.InferOutput<typeof subnetSchema>> {}
/** What a subnet got right of a data set's labelled pictures: shares of 0 to 1. */
export interface Accuracy extends DeepReadonly<v.InferOutput<typeof accuracySchema>> {}
/** What a frame costs on a subnet: multiply-adds, MACs times weight bits times input bits, bytes of weights. */
export interface Cost extends DeepReadonly<v.InferOutput<typeof costSchema>> {}
export type ModelSource = DeepReadonly<v.InferOutput<typeof sourceSchema>>;

/**
 * Reads `model.json`; `validateManifest` checks what the schema cannot say.
 * @throws RtfqError `MODEL_FORMAT`, naming the field, what it holds and what it should hold;
 *   `MODEL_INTEGRITY` where the checksum does not fit the document
 */
export function parseManifest(json: string): Manifest {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RtfqError('MODEL_FORMAT', 'model.json is not JSON', {
      got: json.slice(0, 40),
      hint: 'is the URL right? A server may have answered with a web page',
      cause,
    });
  }
  if (hasRepeatedKeys(json, value)) {
    throw new RtfqError('MODEL_FORMAT', 'model.json', {
      got: 'an object that has a field twice',
      expected: 'each field once: readers differ in which one counts',
    });
  }
  checkVersion(value);
  checkChecksum(value, json);
  const parsed = v.safeParse(manifestSchema, value, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    throw new RtfqError('MODEL_FORMAT', `model.json: ${v.getDotPath(issue) ?? 'the document'}`, {
      got: issue.received,
      expected: issue.expected ?? issue.message,
    });
  }
  const { crc32: _, ...manifest } = parsed.output;
  return manifest;
}

// Before the schema, so that a newer model is told apart from a broken one.
function checkVersion(value: unknown): void {
  const version = (value as { version?: unknown } | null)?.version;
  if (typeof version === 'number' && version > formatVersion) {
    throw new RtfqError('MODEL_FORMAT', 'the model was written by a newer rtfq', {
      got: `format version ${version}`,
      expected: `format version ${formatVersion}`,
      hint: 'update the rtfq package',
    });
  }
}

function checkChecksum(value: unknown, json: string): void {
  const written = (value as { crc32?: unknown } | null)?.crc32;
  if (typeof written !== 'string') return; // the schema speaks where it is no string
  const checksum = checksumOf(json);
  if (written !== checksum) {
    throw new RtfqError('MODEL_INTEGRITY', 'model.json has the wrong content', {
      got: `CRC-32 ${checksum}`,
      expected: written,
      hint: 'it is damaged: fetch or export it again; or remove crc32 if it was edited on purpose',
    });
  }
}
