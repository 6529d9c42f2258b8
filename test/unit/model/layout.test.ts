import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  fromCells,
  packedBytes,
  toCells,
  weightIndex,
  weightLayout,
} from '../../../src/model/layout.ts';

const seed = 1;

const anyLayout = fc
  .record({
    op: fc.constantFrom('conv', 'depthwise', 'fullyConnected'),
    kernel: fc.constantFrom([1, 1] as const, [3, 3] as const, [2, 5] as const),
    inputs: fc.integer({ min: 1, max: 40 }),
    outputs: fc.integer({ min: 1, max: 70 }),
  })
  .map(({ op, kernel, inputs, outputs }) =>
    weightLayout({
      op,
      kernel,
      inChannels: [op === 'depthwise' ? outputs : inputs],
      outChannels: [outputs],
    }),
  );

function countOf({ depthwise, outChannels, taps, inChannels }: ReturnType<typeof weightLayout>) {
  return outChannels * taps * (depthwise ? 1 : inChannels);
}

describe('the order of the weights', () => {
  test('puts 8 outputs x 4 inputs of a tap into a cell', () => {
    const layout = weightLayout({
      op: 'conv',
      kernel: [1, 2],
      inChannels: [5],
      outChannels: [9],
    });
    expect(layout).toMatchObject({ taps: 2, outGroups: 2, inGroups: 2, cells: 8 });
    expect(weightIndex(layout, 0, 0, 0)).toBe(0);
    expect(weightIndex(layout, 0, 0, 3)).toBe(3);
    expect(weightIndex(layout, 1, 0, 0)).toBe(4);
    expect(weightIndex(layout, 7, 0, 3)).toBe(31);
    expect(weightIndex(layout, 0, 0, 4)).toBe(32);
    expect(weightIndex(layout, 0, 1, 0)).toBe(64);
    expect(weightIndex(layout, 8, 0, 0)).toBe(128);
    expect([8, 6, 4].map((bits) => packedBytes(layout, bits as 8))).toEqual([256, 192, 128]);
  });

  test('puts 32 channels of a tap into a cell of a depthwise layer', () => {
    const layout = weightLayout({
      op: 'depthwise',
      kernel: [3, 3],
      inChannels: [33],
      outChannels: [33],
    });
    expect(layout).toMatchObject({ outGroups: 2, inGroups: 1, cells: 18 });
    expect(weightIndex(layout, 31, 0, 0)).toBe(31);
    expect(weightIndex(layout, 0, 1, 0)).toBe(32);
    expect(weightIndex(layout, 32, 0, 0)).toBe(288);
  });

  test('gives each weight a place of its own and fills the rest with zeros', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const cells = toCells(new Int8Array(countOf(layout)).fill(1), layout);
        expect(cells.reduce((sum, weight) => sum + weight)).toBe(countOf(layout));
        expect(cells).toHaveLength(32 * layout.cells);
      }),
      { seed },
    );
  });

  test('can be undone', () => {
    fc.assert(
      fc.property(anyLayout, (layout) => {
        const weights = Int8Array.from({ length: countOf(layout) }, (_, i) => (i * 37) % 256);
        expect(fromCells(toCells(weights, layout), layout).join()).toBe(weights.join());
      }),
      { seed },
    );
  });

  test('keeps a narrower layer where it was, whatever the full width', () => {
    const narrow = { op: 'conv', kernel: [3, 3] } as const;
    const full = weightLayout({ ...narrow, inChannels: [24], outChannels: [64] });
    const half = weightLayout({ ...narrow, inChannels: [24], outChannels: [32] });
    for (let o = 0; o < 32; o++) {
      for (let tap = 0; tap < 9; tap++) {
        expect(weightIndex(half, o, tap, 23)).toBe(weightIndex(full, o, tap, 23));
      }
    }
  });
});
