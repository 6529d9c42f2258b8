import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  activationRange,
  type BitWidth,
  bitWidths,
  isBitWidth,
  weightRange,
} from '../../../src/quant/bits.ts';
import { cellBytes, cellWeights, packWeights, unpackWeights } from '../../../src/quant/packing.ts';

const seed = 1;

function anyCells(bits: BitWidth) {
  return fc
    .array(fc.integer(weightRange(bits)), { minLength: 1, maxLength: 4 * cellWeights })
    .map((weights) => {
      const cells = new Int8Array(Math.ceil(weights.length / cellWeights) * cellWeights);
      cells.set(weights);
      return cells;
    });
}

/** One cell, zero but for one weight. */
function cellWith(index: number, weight: number): Int8Array {
  const cell = new Int8Array(cellWeights);
  cell[index] = weight;
  return cell;
}

describe('the ranges of bit-widths', () => {
  test.each([
    [8, -128, 127, 255],
    [6, -32, 31, 63],
    [4, -8, 7, 15],
  ] as const)('%d bits', (bits, min, max, unsignedMax) => {
    expect(weightRange(bits)).toEqual({ min, max });
    expect(activationRange(bits, true)).toEqual({ min, max });
    expect(activationRange(bits, false)).toEqual({ min: 0, max: unsignedMax });
  });

  test('only 8, 6 and 4 are bit-widths', () => {
    const found = Array.from({ length: 33 }, (_, bits) => bits).filter(isBitWidth);
    expect(found).toEqual([4, 6, 8]);
    expect(isBitWidth(Number.NaN)).toBe(false);
  });
});

describe.each(bitWidths)('packing at %d bits', (bits) => {
  test('takes exactly that many bits a weight', () => {
    expect(cellBytes(bits)).toBe(4 * bits);
    expect(packWeights(new Int8Array(5 * cellWeights), bits)).toHaveLength(20 * bits);
  });

  test('keeps every value in every place of a cell', () => {
    const { min, max } = weightRange(bits);
    for (let weight = min; weight <= max; weight++) {
      for (let index = 0; index < cellWeights; index++) {
        const cell = cellWith(index, weight);
        expect(unpackWeights(packWeights(cell, bits), bits).join()).toBe(cell.join());
      }
    }
  });

  test('keeps any weights', () => {
    fc.assert(
      fc.property(anyCells(bits), (cells) => {
        expect(unpackWeights(packWeights(cells, bits), bits)).toEqual(cells);
      }),
      { seed },
    );
  });

  test('gives every byte a meaning: packing what any bytes unpack to gives these bytes', () => {
    const anyBytes = fc.uint8Array({ minLength: cellBytes(bits), maxLength: cellBytes(bits) });
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const again = packWeights(unpackWeights(bytes, bits), bits);
        expect([...again]).toEqual([...bytes]);
      }),
      { seed },
    );
  });

  test('unpacks a view that does not begin where its buffer does', () => {
    const cells = Int8Array.from({ length: 2 * cellWeights }, (_, i) => (i % 16) - 8);
    const packed = packWeights(cells, bits);
    const larger = new Uint8Array(packed.length + 5).fill(0x5a);
    larger.set(packed, 3);
    expect(unpackWeights(larger.subarray(3, 3 + packed.length), bits)).toEqual(cells);
    // A Node buffer's own slice() copies nothing.
    const buffer = Buffer.from(larger.buffer).subarray(3, 3 + packed.length);
    expect(unpackWeights(buffer, bits)).toEqual(cells);
  });

  test('copies: changing the bytes afterwards changes no weight', () => {
    const packed = packWeights(cellWith(0, 3), bits);
    const weights = unpackWeights(packed, bits);
    packed.fill(0);
    expect(weights[0]).toBe(3);
  });

  test('refuses what fills no whole cell', () => {
    expect(() => packWeights(new Int8Array(31), bits)).toThrow('whole cells');
    expect(() => unpackWeights(new Uint8Array(cellBytes(bits) + 1), bits)).toThrow('whole cells');
  });
});

describe('packed bytes', () => {
  test('at 8 bits are two’s complement', () => {
    const packed = packWeights(
      Int8Array.from(cellWith(0, 1), (w, i) => (i === 1 ? -1 : i === 31 ? -128 : w)),
      8,
    );
    expect([packed[0], packed[1], packed[2], packed[31]]).toEqual([0x01, 0xff, 0x00, 0x80]);
  });

  test('at 4 bits hold weight j + 8 below weight j + 16 + 8', () => {
    const cell = Int8Array.from({ length: cellWeights }, (_, i) => (i % 16) - 8);
    const expected = Array.from({ length: 16 }, (_, u) => u * 0x11);
    expect([...packWeights(cell, 4)]).toEqual(expected);
    expect(packWeights(cellWith(17, 7), 4)[1]).toBe(0xf8);
  });

  test('at 6 bits hold 4 low bits as at 4 bits, then pairs of high bits, 8 weights apart', () => {
    const cell = new Int8Array(cellWeights);
    cell[2] = -32; // u = 00 0000
    cell[10] = -16; // u = 01 0000
    cell[18] = 15; // u = 10 1111
    cell[26] = 31; // u = 11 1111
    const packed = packWeights(cell, 6);
    expect([packed[2], packed[10], packed[18]]).toEqual([0xf0, 0xf0, 0b11_10_01_00]);
    expect([packed[0], packed[16]]).toEqual([0x00, 0b10_10_10_10]);
  });

  test.each([
    [6, 32],
    [6, -33],
    [4, 8],
    [4, -9],
  ] as const)('at %d bits have no room for %d', (bits, weight) => {
    expect(() => packWeights(cellWith(5, weight), bits)).toThrow(`got ${weight}`);
  });
});
