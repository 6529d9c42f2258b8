import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { layerBits, manifestLayers, sliceChannels } from '../../../src/network/topology.ts';
import { bitWidths } from '../../../src/quant/bits.ts';
import { tinyTopology } from '../../support/tinyTopology.ts';

const seed = 1;
const anyWidth = fc.double({ min: 0.01, max: 1, noNaN: true });
const anyChannels = fc.integer({ min: 1, max: 2048 });

describe('sliceChannels', () => {
  test.each([
    [96, 1, 96],
    [96, 0.75, 72],
    [96, 0.5, 48],
    [144, 0.5, 72],
    [144, 0.35, 48],
    [40, 0.5, 24],
    [100, 0.5, 48],
    [16, 0.1, 8],
    [20, 1, 20],
    [10, 1, 10],
    [5, 0.25, 5],
  ])('keeps of %d channels, at width %d, %d', (channels, width, expected) => {
    expect(sliceChannels(channels, width)).toBe(expected);
  });

  test('keeps a multiple of 8, or all', () => {
    fc.assert(
      fc.property(anyChannels, anyWidth, (channels, width) => {
        const kept = sliceChannels(channels, width);
        expect(kept === channels || kept % 8 === 0).toBe(true);
        expect(kept).toBeGreaterThan(0);
        expect(kept).toBeLessThanOrEqual(channels);
      }),
      { seed },
    );
  });

  test('never keeps fewer at a greater width', () => {
    fc.assert(
      fc.property(anyChannels, anyWidth, anyWidth, (channels, a, b) => {
        const [narrow, wide] = [Math.min(a, b), Math.max(a, b)];
        expect(sliceChannels(channels, narrow)).toBeLessThanOrEqual(sliceChannels(channels, wide));
      }),
      { seed },
    );
  });
});

describe('layerBits', () => {
  const dense = { op: 'conv', input: 'some layer', inputSigned: false } as const;
  const unpinned = { depthwise: null, signedInputs: null };

  test('follow the subnet in the middle of the network', () => {
    for (const bits of bitWidths) {
      expect(layerBits(dense, bits, unpinned)).toEqual({ weight: bits, input: bits });
    }
  });

  test('are 8 for what reads the image, pools or classifies', () => {
    const eight = { weight: 8, input: 8 };
    expect(layerBits({ ...dense, input: 'image' }, 4, unpinned)).toEqual(eight);
    expect(layerBits({ ...dense, op: 'fullyConnected' }, 4, unpinned)).toEqual(eight);
    expect(layerBits({ ...dense, op: 'averagePool' }, 4, unpinned)).toEqual(eight);
  });

  test('are not less than pinned', () => {
    const pinned = { depthwise: 8, signedInputs: 6 } as const;
    expect(layerBits({ ...dense, op: 'depthwise' }, 4, pinned)).toEqual({ weight: 8, input: 8 });
    const signed = { ...dense, inputSigned: true };
    expect(layerBits(signed, 4, pinned)).toEqual({ weight: 4, input: 6 });
    expect(layerBits(signed, 8, pinned)).toEqual({ weight: 8, input: 8 });
  });
});

test('manifestLayers lists channels per width and bits per bit-width, in the model’s order', () => {
  const layers = manifestLayers(tinyTopology(10), { widths: [1, 0.5], bits: [8, 6, 4] });
  expect(layers[0]).toMatchObject({ inChannels: [3, 3], outChannels: [12, 12] });
  expect(layers[1]).toMatchObject({
    name: 'down.expand',
    inChannels: [12, 12],
    outChannels: [40, 24],
    inputBits: [8, 6, 4],
  });
  expect(layers[2]).toMatchObject({ inputBits: [8, 8, 8], inChannels: [40, 24] });
  expect(layers[6]).toMatchObject({ residual: 'down.project', inChannels: [64, 32] });
  expect(layers[0]).not.toHaveProperty('residual');
  expect(layers[0]).not.toHaveProperty('weights');
});
