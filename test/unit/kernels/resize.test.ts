import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { RgbaFrame } from '../../../src/kernels/resize/contract.ts';
import { axisFilter, centreSquare } from '../../../src/kernels/resize/filter.ts';
import { cropAndResize } from '../../../src/kernels/resize/reference.ts';
import { seededRandom } from '../../support/random.ts';

const seed = 1;
const one = 2 ** 14;

/** A grey picture of these values, row by row; alpha is noise. */
function greyFrame(rows: readonly (readonly number[])[]): RgbaFrame {
  const random = seededRandom(seed);
  const data = rows.flat().flatMap((value) => [value, value, value, Math.floor(256 * random())]);
  return { data: Uint8Array.from(data), width: rows[0]!.length, height: rows.length };
}

/** The red bytes of a resized picture. */
function redOf(image: Uint8Array): readonly number[] {
  return [...image].filter((_, i) => i % 3 === 0);
}

/** Row of an axis filter: weights by source pixel. */
function rowOf(filter: ReturnType<typeof axisFilter>, out: number): ReadonlyMap<number, number> {
  const row = new Map<number, number>();
  for (let tap = 0; tap < filter.taps; tap++) {
    const weight = filter.weights[out * filter.taps + tap]!;
    if (weight !== 0) row.set(filter.first[out]! + tap, weight);
  }
  return row;
}

/** A part of an axis, and what it is scaled to; any sizes, down to one pixel. */
const anyAxis = fc
  .record({
    sourceLength: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2000 })),
    outputs: fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 64 })),
    part: fc.double({ min: 0, max: 1, noNaN: true }),
    place: fc.double({ min: 0, max: 1, noNaN: true }),
  })
  .map(({ sourceLength, outputs, part, place }) => {
    const length = Math.max(1, Math.round(part * sourceLength));
    return { sourceLength, outputs, length, start: Math.floor(place * (sourceLength - length)) };
  });

describe('the centre square', () => {
  test.each([
    [640, 480, 0.875, { left: 110, top: 30, side: 420 }],
    [480, 640, 1, { left: 0, top: 80, side: 480 }],
    [5, 4, 1, { left: 0, top: 0, side: 4 }],
    [1, 1, 0.1, { left: 0, top: 0, side: 1 }],
    [10_000, 1, 0.875, { left: 4999, top: 0, side: 1 }],
    [3, 3, 0.5, { left: 0, top: 0, side: 2 }],
  ])('of %d x %d at %d is %j', (width, height, fraction, expected) => {
    expect(centreSquare(width, height, fraction)).toEqual(expected);
  });

  test('lies inside the frame', () => {
    const anySize = fc.integer({ min: 1, max: 5000 });
    const anyFraction = fc.double({ min: 1e-6, max: 1, noNaN: true });
    fc.assert(
      fc.property(anySize, anySize, anyFraction, (width, height, fraction) => {
        const { left, top, side } = centreSquare(width, height, fraction);
        expect(Math.min(left, top, side - 1)).toBeGreaterThanOrEqual(0);
        expect(left + side).toBeLessThanOrEqual(width);
        expect(top + side).toBeLessThanOrEqual(height);
      }),
      { seed },
    );
  });
});

describe('the filter along an axis', () => {
  test('copies where nothing is scaled', () => {
    const filter = axisFilter(3, 5, 5, 10);
    for (let out = 0; out < 5; out++) expect(rowOf(filter, out)).toEqual(new Map([[3 + out, one]]));
  });

  test('averages two pixels into one', () => {
    expect(rowOf(axisFilter(0, 2, 1, 2), 0)).toEqual(
      new Map([
        [0, one / 2],
        [1, one / 2],
      ]),
    );
  });

  test('doubles one pixel', () => {
    const filter = axisFilter(4, 1, 2, 9);
    expect(rowOf(filter, 0)).toEqual(new Map([[4, one]]));
    expect(rowOf(filter, 1)).toEqual(new Map([[4, one]]));
  });

  test('interpolates linearly between two pixels', () => {
    const filter = axisFilter(0, 2, 4, 2);
    const rows = [0, 1, 2, 3].map((out) => rowOf(filter, out));
    expect(rows).toEqual([
      new Map([[0, one]]),
      new Map([
        [0, (3 * one) / 4],
        [1, one / 4],
      ]),
      new Map([
        [0, one / 4],
        [1, (3 * one) / 4],
      ]),
      new Map([[1, one]]),
    ]);
  });

  test('weighs four pixels by a triangle when it halves', () => {
    const filter = axisFilter(0, 8, 4, 8);
    const expected = [1, 2, 3, 4].map((i) => [i, ([1, 3, 3, 1][i - 1]! * one) / 8] as const);
    expect(rowOf(filter, 1)).toEqual(new Map(expected));
    // The crop's edge pixel stands for the one beyond it.
    expect(rowOf(filter, 0)).toEqual(
      new Map([
        [0, (4 * one) / 8],
        [1, (3 * one) / 8],
        [2, one / 8],
      ]),
    );
  });

  test('does not look beyond the crop', () => {
    fc.assert(
      fc.property(anyAxis, ({ start, length, outputs, sourceLength }) => {
        const filter = axisFilter(start, length, outputs, sourceLength);
        for (let out = 0; out < outputs; out++) {
          for (const source of rowOf(filter, out).keys()) {
            expect(source).toBeGreaterThanOrEqual(start);
            expect(source).toBeLessThan(start + length);
          }
        }
      }),
      { seed },
    );
  });

  test('has no tap outside the source, weights or not, and weights that add up to 2^14', () => {
    fc.assert(
      fc.property(anyAxis, ({ start, length, outputs, sourceLength }) => {
        const { taps, first, weights } = axisFilter(start, length, outputs, sourceLength);
        expect(first).toHaveLength(outputs);
        expect(weights).toHaveLength(outputs * taps);
        expect(Math.min(...first)).toBeGreaterThanOrEqual(0);
        expect(Math.max(...first) + taps).toBeLessThanOrEqual(sourceLength);
        expect(Math.min(...weights)).toBeGreaterThanOrEqual(0);
        for (let out = 0; out < outputs; out++) {
          const row = weights.subarray(out * taps, (out + 1) * taps);
          expect(row.reduce((sum, weight) => sum + weight)).toBe(one);
        }
      }),
      { seed },
    );
  });

  test('keeps weights within one unit of the triangle’s, however many there are', () => {
    fc.assert(
      fc.property(anyAxis, ({ start, length, outputs, sourceLength }) => {
        const filter = axisFilter(start, length, outputs, sourceLength);
        const scale = length / outputs;
        const support = Math.max(scale, 1);
        for (const out of [0, outputs >> 1, outputs - 1]) {
          const centre = start + (out + 0.5) * scale - 0.5;
          const ideal = new Map<number, number>();
          let sum = 0;
          const from = Math.floor(centre - support);
          for (let source = from; source <= centre + support + 1; source++) {
            const weight = Math.max(0, 1 - Math.abs(source - centre) / support);
            const inside = Math.min(Math.max(source, start), start + length - 1);
            ideal.set(inside, (ideal.get(inside) ?? 0) + weight);
            sum += weight;
          }
          const row = rowOf(filter, out);
          for (const [source, weight] of ideal) {
            const error = (row.get(source) ?? 0) - (weight / sum) * one;
            expect(Math.abs(error)).toBeLessThan(1 + 1e-6);
          }
        }
      }),
      { seed },
    );
  });

  function expectMirrored(length: number, outputs: number): void {
    const filter = axisFilter(0, length, outputs, length);
    for (let out = 0; out < outputs; out++) {
      const row = [...rowOf(filter, out)];
      const mirrored = row.map(([source, weight]) => [length - 1 - source, weight] as const);
      expect(rowOf(filter, outputs - 1 - out)).toEqual(new Map(mirrored));
    }
  }

  test('is the mirror image of itself', () => {
    fc.assert(
      fc.property(anyAxis, ({ length, outputs }) => expectMirrored(length, outputs)),
      { seed },
    );
  });

  test('is the mirror image of itself where weights lie half way between whole numbers', () => {
    for (const length of [64, 128, 256, 512, 1024, 2048]) {
      for (const outputs of [1, 2, 4, 8]) expectMirrored(length, outputs);
    }
  });
});

describe('cropAndResize', () => {
  const anyFrameSize = fc.oneof(
    fc.record({ width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }) }),
    fc.constantFrom(
      { width: 1, height: 1 },
      { width: 3000, height: 1 },
      { width: 1, height: 3000 },
      { width: 2, height: 999 },
    ),
  );
  const anyFraction = fc.double({ min: 0.01, max: 1, noNaN: true });
  const anySide = fc.integer({ min: 1, max: 24 });

  function randomFrame(width: number, height: number): RgbaFrame {
    const random = seededRandom(width * 10_000 + height);
    const data = Uint8Array.from({ length: 4 * width * height }, () => 256 * random());
    return { data, width, height };
  }

  test('is the picture itself, without alpha, where the crop has the side asked for', () => {
    const frame = randomFrame(7, 5);
    const expected: number[] = [];
    for (let y = 0; y < 5; y++) {
      for (let x = 1; x < 6; x++) {
        for (let channel = 0; channel < 3; channel++) {
          expected.push(frame.data[4 * (y * 7 + x) + channel]!);
        }
      }
    }
    expect([...cropAndResize(frame, 1, 5)]).toEqual(expected);
  });

  test('averages 2 x 2 pixels into one, rows first, each time rounded to the nearest byte', () => {
    // Rows give 0.5 and 3, the first rounded up; columns of 1 and 3 give 2.
    expect(
      redOf(
        cropAndResize(
          greyFrame([
            [0, 1],
            [2, 4],
          ]),
          1,
          1,
        ),
      ),
    ).toEqual([2]);
    expect(
      redOf(
        cropAndResize(
          greyFrame([
            [10, 20],
            [30, 40],
          ]),
          1,
          1,
        ),
      ),
    ).toEqual([25]);
  });

  test('enlarges one pixel to any size', () => {
    expect(redOf(cropAndResize(greyFrame([[200]]), 1, 3))).toEqual(new Array(9).fill(200));
  });

  test('interpolates both ways when it enlarges', () => {
    const image = redOf(
      cropAndResize(
        greyFrame([
          [0, 100],
          [100, 200],
        ]),
        1,
        4,
      ),
    );
    expect(image).toEqual([
      ...[0, 25, 75, 100],
      ...[25, 50, 100, 125],
      ...[75, 100, 150, 175],
      ...[100, 125, 175, 200],
    ]);
  });

  test('keeps red, green and blue apart and ignores alpha', () => {
    const data = Uint8Array.of(10, 20, 30, 0, 50, 60, 70, 255);
    const crop = cropAndResize({ data, width: 1, height: 2 }, 1, 1);
    expect([...crop]).toEqual([10, 20, 30]);
    const [a, b] = [Uint8Array.of(9, 8, 7, 0), Uint8Array.of(9, 8, 7, 255)];
    expect(cropAndResize({ data: a, width: 1, height: 1 }, 1, 2)).toEqual(
      cropAndResize({ data: b, width: 1, height: 1 }, 1, 2),
    );
  });

  test('leaves a picture of one colour that colour, at any size', () => {
    fc.assert(
      fc.property(
        anyFrameSize,
        anyFraction,
        anySide,
        fc.tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 255 }))),
        ({ width, height }, fraction, side, colour) => {
          const data = Uint8Array.from(
            { length: 4 * width * height },
            (_, i) => colour[i % 4] ?? 7,
          );
          const image = cropAndResize({ data, width, height }, fraction, side);
          expect(image).toEqual(
            Uint8Array.from({ length: 3 * side * side }, (_, i) => colour[i % 3]!),
          );
        },
      ),
      { seed },
    );
  });

  test('stays between the darkest and the brightest pixel', () => {
    fc.assert(
      fc.property(anyFrameSize, anyFraction, anySide, ({ width, height }, fraction, side) => {
        const random = seededRandom(width + 31 * height);
        const data = Uint8Array.from({ length: 4 * width * height }, () => 100 + 20 * random());
        const image = cropAndResize({ data, width, height }, fraction, side);
        expect(Math.min(...image)).toBeGreaterThanOrEqual(100);
        expect(Math.max(...image)).toBeLessThan(120);
      }),
      { seed },
    );
  });

  test('mirrors with the picture where the crop lies in its middle', () => {
    fc.assert(
      fc.property(anyFrameSize, anySide, ({ width, height }, side) => {
        const cropped = Math.min(width, height);
        fc.pre((width - cropped) % 2 === 0);
        const frame = randomFrame(width, height);
        const mirrored = mirror(frame.data, width, 4);
        const image = cropAndResize({ data: mirrored, width, height }, 1, side);
        expect(image).toEqual(mirror(cropAndResize(frame, 1, side), side, 3));
      }),
      { seed },
    );
  });

  test('gives a symmetric picture of a symmetric one', () => {
    const row = [3, 90, 200, 17, 17, 200, 90, 3];
    const image = redOf(cropAndResize(greyFrame(new Array(8).fill(row)), 1, 5));
    expect(image.slice(0, 5)).toEqual(image.slice(0, 5).reverse());
    expect(new Set(image.filter((_, i) => i % 5 === 1)).size).toBe(1);
  });
});

/** Turns each row of pixels around. */
function mirror(pixels: ArrayLike<number>, width: number, pixelBytes: number): Uint8Array {
  return Uint8Array.from({ length: pixels.length }, (_, i) => {
    const x = Math.floor(i / pixelBytes) % width;
    return pixels[i + (width - 1 - 2 * x) * pixelBytes]!;
  });
}
