import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { RtfqError } from '../../../src/errors.ts';
import { Safetensors, writeSafetensors } from '../../../src/training/safetensors.ts';

const seed = 1;

function fileOf(header: unknown, dataBytes = 0): Uint8Array {
  const json = new TextEncoder().encode(
    typeof header === 'string' ? header : JSON.stringify(header),
  );
  const bytes = new Uint8Array(8 + json.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

function errorOf(action: () => unknown): RtfqError {
  try {
    action();
  } catch (thrown) {
    if (thrown instanceof RtfqError) return thrown;
    throw thrown;
  }
  throw new Error('nothing was thrown');
}

const entry = (dtype: string, shape: number[], begin: number, end: number) => ({
  dtype,
  shape,
  data_offsets: [begin, end],
});

test(`what is written is read back, seed ${seed}`, () => {
  const tensor = fc.array(fc.integer({ min: 0, max: 4 }), { maxLength: 3 }).chain((shape) => {
    const length = shape.reduce((product, size) => product * size, 1);
    return fc.record({
      shape: fc.constant(shape),
      values: fc.float32Array({ minLength: length, maxLength: length, noNaN: true }),
    });
  });
  const names = fc.string({ minLength: 1 }).filter((name) => name !== '__metadata__');
  fc.assert(
    fc.property(
      fc.dictionary(names, tensor),
      fc.dictionary(fc.string(), fc.string()),
      (tensors, metadata) => {
        const written = writeSafetensors(new Map(Object.entries(tensors)), metadata);
        const read = new Safetensors(written);
        expect(read.metadata).toEqual({ ...metadata });
        for (const [name, { shape, values }] of Object.entries(tensors)) {
          expect(read.read(name, shape)).toEqual(values);
        }
      },
    ),
    { seed },
  );
});

test('half floats become floats', () => {
  const file = fileOf({ half: entry('F16', [5], 0, 10), brain: entry('BF16', [2], 10, 14) }, 14);
  const data = new DataView(file.buffer, file.length - 14);
  // 1, -2, the smallest denormal, the largest number, infinity
  [0x3c00, 0xc000, 0x0001, 0x7bff, 0x7c00].forEach((bits, i) => {
    data.setUint16(2 * i, bits, true);
  });
  [0x3f80, 0xc040].forEach((bits, i) => {
    data.setUint16(10 + 2 * i, bits, true);
  });
  const read = new Safetensors(file);
  expect([...read.read('half', [5])]).toEqual([1, -2, 2 ** -24, 65504, Number.POSITIVE_INFINITY]);
  expect([...read.read('brain', [2])]).toEqual([1, -3]);
});

test('a view into a larger buffer is read from where it begins', () => {
  const values = Float32Array.of(1, 2, 3);
  const written = writeSafetensors(new Map([['w', { shape: [3], values }]]), {});
  const larger = Buffer.concat([Buffer.alloc(3, 0xff), written, Buffer.alloc(5, 0xff)]);
  const read = new Safetensors(larger.subarray(3, 3 + written.length));
  expect(read.read('w', [3])).toEqual(values);
});

describe('asking for a tensor', () => {
  const values = new Float32Array(6);
  const read = new Safetensors(writeSafetensors(new Map([['w', { shape: [2, 3], values }]]), {}));

  test('that is missing names it', () => {
    const error = errorOf(() => read.read('features.0.0.weight', [1]));
    expect(error.code).toBe('WEIGHTS_FORMAT');
    expect(error.message).toContain('features.0.0.weight');
  });

  test('of another shape says which it has', () => {
    const error = errorOf(() => read.read('w', [3, 2]));
    expect(error).toMatchObject({ code: 'WEIGHTS_FORMAT', got: '[2,3]', expected: '[3,2]' });
    expect(error.message).toContain('tensor w');
  });

  test('of whole numbers is refused when it is read, and not before', () => {
    const whole = new Safetensors(fileOf({ batches: entry('I64', [1], 0, 8) }, 8));
    expect(whole.shapeOf('batches')).toEqual([1]);
    expect(errorOf(() => whole.read('batches', [1])).message).toContain('I64');
  });
});

describe('a hostile file', () => {
  const files: Record<string, [Uint8Array, string]> = {
    'too short for a header length': [new Uint8Array(7), 'too short'],
    'a header longer than the file': [fileOf('{}').fill(0xff, 0, 8), 'does not fit'],
    'a header that is not JSON': [fileOf('<html>'), 'not JSON'],
    'a header that is no object': [fileOf('[1]'), 'header'],
    'metadata that is no text': [fileOf({ __metadata__: { a: 1 } }), '__metadata__'],
    'an entry without offsets': [fileOf({ w: { dtype: 'F32', shape: [] } }), 'tensor w'],
    'negative offsets': [fileOf({ w: entry('F32', [1], -4, 0) }, 8), 'tensor w'],
    'a negative shape': [fileOf({ w: entry('F32', [-1], 0, 4) }, 8), 'tensor w'],
    'a shape that does not fit its bytes': [fileOf({ w: entry('F32', [2], 0, 4) }, 8), 'tensor w'],
    'a shape whose product overflows': [
      fileOf({ w: entry('F32', [2 ** 40, 2 ** 40], 0, 4) }, 8),
      'tensor w',
    ],
    'an unknown type': [fileOf({ w: entry('F8', [4], 0, 4) }, 8), 'tensor w'],
    'a tensor beyond the end': [fileOf({ w: entry('F32', [4], 0, 16) }, 8), 'outside the file'],
    'overlapping tensors': [
      fileOf({ a: entry('F32', [2], 0, 8), b: entry('F32', [2], 4, 12) }, 12),
      'tensor b overlaps',
    ],
  };
  for (const [what, [file, message]] of Object.entries(files)) {
    test(`${what} is refused`, () => {
      const error = errorOf(() => new Safetensors(file));
      expect(error.code).toBe('WEIGHTS_FORMAT');
      expect(error.message).toContain(message);
    });
  }

  test(`cut anywhere is refused or loses nothing, seed ${seed}`, () => {
    const values = Float32Array.of(1, 2, 3);
    const whole = writeSafetensors(new Map([['w', { shape: [3], values }]]), { key: 'value' });
    for (let length = 0; length < whole.length; length++) {
      expect(errorOf(() => new Safetensors(whole.subarray(0, length))).code).toBe('WEIGHTS_FORMAT');
    }
  });
});
