import { describe, expect, test } from 'vitest';
import { type LayerTable, readTable, tableBytes, writeTable } from '../../../src/model/table.ts';

const manifest = {
  layers: [
    { name: 'first', outChannels: [3, 2] },
    { name: 'second', outChannels: [1, 1] },
  ],
};

const tables: readonly LayerTable[] = [
  { inputStep: 1, multiplier: Float32Array.of(1, -2, 3), bias: Float32Array.of(0, -0, 0.5) },
  { inputStep: 0.25, multiplier: Float32Array.of(2 ** -149), bias: Float32Array.of(3e38) },
];

describe('a table', () => {
  test('has a step and two numbers per output channel, 4 bytes each', () => {
    expect(tableBytes(manifest, 0)).toBe(4 * (1 + 6 + 1 + 2));
    expect(tableBytes(manifest, 1)).toBe(4 * (1 + 4 + 1 + 2));
  });

  test('is little-endian f32 without gaps', () => {
    const bytes = writeTable(tables);
    expect(bytes).toHaveLength(40);
    expect([...bytes.subarray(0, 12)]).toEqual([0, 0, 128, 63, 0, 0, 128, 63, 0, 0, 0, 192]);
  });

  test('is read as it was written, at any offset of a buffer', () => {
    const bytes = new Uint8Array(43);
    bytes.set(writeTable(tables), 3);
    expect(readTable(manifest, 0, bytes.subarray(3))).toEqual(tables);
  });

  test('is refused at any other length', () => {
    const bytes = writeTable(tables);
    for (let length = 0; length < bytes.length; length++) {
      expect(() => readTable(manifest, 0, bytes.subarray(0, length))).toThrow('wrong size');
    }
    expect(() => readTable(manifest, 0, new Uint8Array(44))).toThrow('wrong size');
    expect(() => readTable(manifest, 1, bytes)).toThrow('wrong size');
  });

  test.each([
    0,
    -0,
    -1,
    2 ** -121,
    1e-45,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    Number.NEGATIVE_INFINITY,
  ])('is refused with a step of %d, and names the layer', (inputStep) => {
    const bytes = writeTable([tables[0]!, { ...tables[1]!, inputStep }]);
    expect(() => readTable(manifest, 0, bytes)).toThrow('second');
  });

  test('takes the smallest step whose inverse is an f32 number', () => {
    const bytes = writeTable([tables[0]!, { ...tables[1]!, inputStep: 2 ** -120 }]);
    expect(readTable(manifest, 0, bytes)[1]!.inputStep).toBe(2 ** -120);
  });

  test('is refused with any number that is not finite', () => {
    const bytes = writeTable(tables);
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]) {
      for (let at = 0; at < bytes.length; at += 4) {
        const changed = bytes.slice();
        new DataView(changed.buffer).setFloat32(at, value, true);
        const act = () => readTable(manifest, 0, changed);
        expect(act).toThrow(at < 28 ? 'first' : 'second');
        expect(act).toThrow(expect.objectContaining({ code: 'MODEL_FORMAT' }));
      }
    }
  });
});
