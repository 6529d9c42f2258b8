import * as v from 'valibot';
import { RtfqError } from '../errors.ts';
import { bfloat16ToFloat32, float16ToFloat32 } from './halfFloat.ts';

// Format: 8 bytes little-endian header length, a JSON header, then the tensors' bytes
// (https://huggingface.co/docs/safetensors).
const lengthBytes = 8;
// The limit that the format's own reader sets.
const maxHeaderBytes = 100_000_000;

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));
const entrySchema = v.object({
  dtype: v.string(),
  shape: v.array(count),
  data_offsets: v.tuple([count, count]),
});
const headerSchema = v.looseObject({
  __metadata__: v.optional(v.record(v.string(), v.string()), {}),
});

const bytesPerElement: Readonly<Record<string, number>> = {
  F64: 8,
  I64: 8,
  U64: 8,
  F32: 4,
  I32: 4,
  U32: 4,
  F16: 2,
  BF16: 2,
  I16: 2,
  U16: 2,
  I8: 1,
  U8: 1,
  BOOL: 1,
};

interface Entry {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}

export interface FloatTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array;
}

/** Named tensors over the bytes of a .safetensors file; a tensor is decoded when it is read. */
export class Safetensors {
  readonly metadata: Readonly<Record<string, string>>;
  readonly #data: Uint8Array;
  readonly #entries: ReadonlyMap<string, Entry>;

  /** @throws RtfqError `WEIGHTS_FORMAT` on a malformed file, naming the tensor where one is at fault */
  constructor(bytes: Uint8Array) {
    const headerBytes = readHeaderLength(bytes);
    const header = parseHeader(bytes.subarray(lengthBytes, lengthBytes + headerBytes));
    this.metadata = header.metadata;
    // A plain view: slicing a Node Buffer would not copy.
    const begin = bytes.byteOffset + lengthBytes + headerBytes;
    this.#data = new Uint8Array(bytes.buffer, begin, bytes.length - lengthBytes - headerBytes);
    this.#entries = new Map(
      header.tensors.map(([name, value]) => [name, parseEntry(name, value, this.#data.length)]),
    );
    checkOverlaps(this.#entries);
  }

  get names(): readonly string[] {
    return [...this.#entries.keys()];
  }

  /** Whether there is a tensor of that name. */
  has(name: string): boolean {
    return this.#entries.has(name);
  }

  /** @throws RtfqError `WEIGHTS_FORMAT` when there is no such tensor */
  shapeOf(name: string): readonly number[] {
    return this.#entry(name).shape;
  }

  /**
   * A copy of one tensor, row-major; F16 and BF16 become f32.
   * @throws RtfqError `WEIGHTS_FORMAT` when it is missing, of another shape or of another type
   */
  read(name: string, shape: readonly number[]): Float32Array {
    const entry = this.#entry(name);
    if (entry.shape.length !== shape.length || entry.shape.some((size, i) => size !== shape[i])) {
      fail(`tensor ${name} has the wrong shape`, entry.shape, shape);
    }
    const bytes = this.#data.slice(entry.begin, entry.end);
    switch (entry.dtype) {
      case 'F32':
        return new Float32Array(bytes.buffer);
      case 'F16':
        return Float32Array.from(new Uint16Array(bytes.buffer), float16ToFloat32);
      case 'BF16':
        return Float32Array.from(new Uint16Array(bytes.buffer), bfloat16ToFloat32);
      default:
        return fail(`tensor ${name} has an unsupported type`, entry.dtype, 'F32, F16 or BF16');
    }
  }

  #entry(name: string): Entry {
    const entry = this.#entries.get(name);
    if (entry !== undefined) return entry;
    throw new RtfqError('WEIGHTS_FORMAT', `tensor ${name} is missing`, {
      got: describeNames(this.names),
      hint: 'is this the checkpoint of another network?',
    });
  }
}

/** A .safetensors file, F32, tensors in the map's order. */
export function writeSafetensors(
  tensors: ReadonlyMap<string, FloatTensor>,
  metadata: Readonly<Record<string, string>>,
): Uint8Array<ArrayBuffer> {
  let offset = 0;
  const entries = [...tensors].map(([name, { shape, values }]) => {
    const begin = offset;
    offset += values.byteLength;
    return [name, { dtype: 'F32', shape, data_offsets: [begin, offset] }] as const;
  });
  // fromEntries, unlike an assignment, takes __proto__ for a name like any other.
  const header = Object.fromEntries([['__metadata__', metadata], ...entries]);
  const json = new TextEncoder().encode(JSON.stringify(header));
  const headerBytes = Math.ceil(json.length / 8) * 8; // so that the data lies on 8 bytes
  const bytes = new Uint8Array(lengthBytes + headerBytes + offset);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(headerBytes), true);
  bytes.fill(0x20, lengthBytes, lengthBytes + headerBytes);
  bytes.set(json, lengthBytes);
  let at = lengthBytes + headerBytes;
  for (const { values } of tensors.values()) {
    bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), at);
    at += values.byteLength;
  }
  return bytes;
}

function readHeaderLength(bytes: Uint8Array): number {
  if (bytes.length < lengthBytes) {
    fail('the file is too short for safetensors', `${bytes.length} bytes`, 'at least 8 bytes');
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const headerBytes = Number(view.getBigUint64(0, true));
  const available = Math.min(bytes.length - lengthBytes, maxHeaderBytes);
  if (headerBytes > available) {
    fail(
      'the safetensors header does not fit the file',
      `${headerBytes} bytes`,
      `at most ${available}`,
      'the file is truncated or no safetensors file',
    );
  }
  return headerBytes;
}

function parseHeader(bytes: Uint8Array): {
  readonly metadata: Readonly<Record<string, string>>;
  readonly tensors: readonly (readonly [string, unknown])[];
} {
  let json: unknown;
  try {
    json = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new RtfqError('WEIGHTS_FORMAT', 'the safetensors header is not JSON', {
      hint: 'the file is damaged or no safetensors file',
      cause,
    });
  }
  if (Array.isArray(json)) fail('the safetensors header', 'a list', 'an object');
  const parsed = v.safeParse(headerSchema, json);
  if (!parsed.success) {
    const issue: v.BaseIssue<unknown> = parsed.issues[0];
    return fail(
      `the safetensors header: ${v.getDotPath(issue) ?? 'the document'}`,
      issue.received,
      issue.expected ?? issue.message,
    );
  }
  return {
    metadata: parsed.output.__metadata__,
    tensors: Object.entries(json as object).filter(([name]) => name !== '__metadata__'),
  };
}

function parseEntry(name: string, value: unknown, dataBytes: number): Entry {
  const parsed = v.safeParse(entrySchema, value);
  if (!parsed.success) {
    const issue: v.BaseIssue<unknown> = parsed.issues[0];
    return fail(
      `tensor ${name}: ${v.getDotPath(issue) ?? 'its entry'}`,
      issue.received,
      issue.expected ?? issue.message,
    );
  }
  const { dtype, shape } = parsed.output;
  const [begin, end] = parsed.output.data_offsets;
  const elementBytes = bytesPerElement[dtype];
  if (elementBytes === undefined) {
    fail(`tensor ${name} has an unknown type`, dtype, Object.keys(bytesPerElement).join(', '));
  }
  const sizeBytes = shape.reduce((product, size) => product * size, elementBytes);
  if (end - begin !== sizeBytes) {
    fail(`tensor ${name}: its offsets contradict its shape`, `${end - begin} bytes`, sizeBytes);
  }
  if (end > dataBytes) {
    fail(
      `tensor ${name} lies outside the file`,
      `bytes ${begin} to ${end}`,
      `at most ${dataBytes}`,
      'the file is truncated: fetch it again',
    );
  }
  return { dtype, shape, begin, end };
}

function checkOverlaps(entries: ReadonlyMap<string, Entry>): void {
  const ordered = [...entries].sort(([, a], [, b]) => a.begin - b.begin || a.end - b.end);
  let previousEnd = 0;
  for (const [name, { begin, end }] of ordered) {
    if (begin < previousEnd) {
      fail(`tensor ${name} overlaps another`, `it begins at ${begin}`, `at least ${previousEnd}`);
    }
    previousEnd = end;
  }
}

function describeNames(names: readonly string[]): string {
  const shown = names.slice(0, 3).join(', ');
  return names.length > 3
    ? `${names.length} tensors: ${shown}, ...`
    : `only ${shown || 'no tensors'}`;
}

function fail(summary: string, got: unknown, expected: unknown, hint?: string): never {
  throw new RtfqError('WEIGHTS_FORMAT', summary, {
    got,
    expected,
    ...(hint === undefined ? {} : { hint }),
  });
}
