import { RtfqError } from '../errors.ts';
import type { BitWidth } from './bits.ts';

/** Weights are packed in cells of 32, so that a cell of b bits is 4*b whole bytes. */
export const cellWeights = 32;

/** Bytes of one packed cell: 32, 24 or 16. */
export function cellBytes(bits: BitWidth): number {
  return (cellWeights * bits) / 8;
}

/**
 * Packs signed weights, cell after cell. See model/SPEC.md, "Cells":
 * 8 bit: two's complement, one byte each;
 * 4 bit: u = w + 8, byte j holds u[j] in its low and u[j+16] in its high half;
 * 6 bit: u = w + 32, 16 bytes of low nibbles laid out as for 4 bit, then 8 bytes of high bit pairs,
 *        byte j holding those of u[j], u[j+8], u[j+16], u[j+24] from its lowest bits up.
 */
export function packWeights(weights: Int8Array, bits: BitWidth): Uint8Array {
  if (weights.length % cellWeights !== 0) {
    throw new RtfqError('INTERNAL', 'weights do not fill whole cells', { got: weights.length });
  }
  const cells = weights.length / cellWeights;
  const packed = new Uint8Array(cells * cellBytes(bits));
  if (bits === 8) {
    packed.set(new Uint8Array(weights.buffer, weights.byteOffset, weights.length));
    return packed;
  }
  const offset = 2 ** (bits - 1);
  for (let cell = 0; cell < cells; cell++) {
    const from = cell * cellWeights;
    const to = cell * cellBytes(bits);
    for (let i = 0; i < cellWeights; i++) {
      const u = weights[from + i]! + offset;
      if (u < 0 || u >= 2 * offset) {
        throw new RtfqError('INTERNAL', 'a weight does not fit its bit-width', {
          got: weights[from + i],
          expected: `${bits} bits`,
        });
      }
      packed[to + (i & 15)]! |= (u & 15) << (i < 16 ? 0 : 4);
      if (bits === 6) packed[to + 16 + (i & 7)]! |= (u >> 4) << (2 * (i >> 3));
    }
  }
  return packed;
}

/** The inverse of `packWeights`; `packed` must hold whole cells. */
export function unpackWeights(packed: Uint8Array, bits: BitWidth): Int8Array {
  const bytes = cellBytes(bits);
  if (packed.length % bytes !== 0) {
    throw new RtfqError('INTERNAL', 'packed weights do not hold whole cells', {
      got: packed.length,
      expected: `a multiple of ${bytes}`,
    });
  }
  if (bits === 8) return new Int8Array(packed); // converts modulo 256: two's complement
  const cells = packed.length / bytes;
  const weights = new Int8Array(cells * cellWeights);
  const offset = 2 ** (bits - 1);
  for (let cell = 0; cell < cells; cell++) {
    const from = cell * bytes;
    for (let i = 0; i < cellWeights; i++) {
      let u = (packed[from + (i & 15)]! >> (i < 16 ? 0 : 4)) & 15;
      if (bits === 6) u |= ((packed[from + 16 + (i & 7)]! >> (2 * (i >> 3))) & 3) << 4;
      weights[cell * cellWeights + i] = u - offset;
    }
  }
  return weights;
}
