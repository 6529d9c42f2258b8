import { describe, expect, test } from 'vitest';
import { subnetCost } from '../../../src/network/cost.ts';
import { outputSize } from '../../../src/network/geometry.ts';
import { defaultPinnedBits, layerBits, manifestLayers } from '../../../src/network/topology.ts';
import { tinyTopology } from '../../support/tinyTopology.ts';

const topology = tinyTopology(10);
const widths = [1, 0.5] as const;
const bits = [8, 6, 4] as const;
const layers = manifestLayers(topology, { widths, bits });

const weightBits = (layer: { readonly name: string }, bitsIndex: number) => {
  const own = topology.layers.find(({ name }) => name === layer.name)!;
  return own.op === 'averagePool'
    ? null
    : layerBits(own, bits[bitsIndex]!, defaultPinnedBits).weight;
};

describe('the cost of a subnet', () => {
  test('counts multiply-adds, bit operations and packed bytes, layer by layer', () => {
    const subnet = { width: 0.5, resolution: 32, bits: 4 } as const;
    // 16 x 16 positions behind the stem, 8 x 8 behind down.depthwise.
    const stem = 12 * 27;
    const downExpand = 24 * 12;
    const downDepthwise = 24 * 9;
    const downProject = 20 * 24;
    const sameExpand = 32 * 20;
    const sameDepthwise = 32 * 9;
    const sameProject = 20 * 32;
    const head = 44 * 20;
    const classifier = 10 * 44;
    const macs = {
      stem: 256 * stem,
      low: 256 * downExpand + 64 * (downProject + sameProject),
      depthwise: 64 * (downDepthwise + sameDepthwise),
      signed: 64 * (sameExpand + head),
    };
    expect(subnetCost({ layers, widths, bits }, subnet, weightBits)).toEqual({
      macs: macs.stem + macs.low + macs.depthwise + macs.signed + classifier,
      bitOps: (macs.stem + macs.depthwise + classifier) * 64 + macs.low * 16 + macs.signed * 4 * 8,
      weightBytes:
        stem +
        downDepthwise +
        sameDepthwise +
        classifier +
        (downExpand + downProject + sameExpand + sameProject + head) / 2,
    });
  });

  test('grows with each dimension', () => {
    const cost = (width: number, resolution: number, b: 8 | 6 | 4) =>
      subnetCost({ layers, widths, bits }, { width, resolution, bits: b }, weightBits);
    expect(cost(1, 32, 8).macs).toBeGreaterThan(cost(0.5, 32, 8).macs);
    expect(cost(1, 32, 8).macs).toBeGreaterThan(cost(1, 24, 8).macs);
    expect(cost(1, 32, 8).macs).toBe(cost(1, 32, 4).macs);
    expect(cost(1, 32, 8).bitOps).toBeGreaterThan(cost(1, 32, 6).bitOps);
    expect(cost(1, 32, 8).weightBytes).toBe(cost(1, 24, 8).weightBytes);
  });
});

describe('the size of an output', () => {
  const conv = { op: 'conv', kernel: [3, 3], stride: 2, padding: [0, 0, 1, 1] } as const;

  test.each([
    [224, 112],
    [225, 112],
    [8, 4],
    [7, 3],
    [3, 1],
    [2, 1],
    [1, 0],
  ])('of TensorFlow’s padding at stride 2 is, for a side of %d, %d', (side, expected) => {
    const size = outputSize(conv, { height: side, width: side });
    expect(size).toEqual({ height: expected, width: expected });
  });

  test.each([
    [224, 112],
    [225, 113],
    [7, 4],
    [1, 1],
  ])('of PyTorch’s padding at stride 2 is, for a side of %d, %d', (side, expected) => {
    const size = outputSize({ ...conv, padding: [1, 1, 1, 1] }, { height: side, width: side });
    expect(size).toEqual({ height: expected, width: expected });
  });

  test('is counted in each direction by itself', () => {
    const layer = { op: 'conv', kernel: [1, 5], stride: 1, padding: [0, 2, 0, 0] } as const;
    expect(outputSize(layer, { height: 6, width: 9 })).toEqual({ height: 6, width: 7 });
  });

  test('is one position for pooling', () => {
    const pool = { op: 'averagePool', kernel: [1, 1], stride: 1, padding: [0, 0, 0, 0] } as const;
    expect(outputSize(pool, { height: 7, width: 5 })).toEqual({ height: 1, width: 1 });
  });
});
