import { expect, test } from 'vitest';
import type { SubnetEntry } from '../../../src/model/manifest.ts';
import {
  allowedSubnets,
  type CalibratedSubnet,
  latencyLimitMs,
  selectSubnet,
} from '../../../src/runtime/selectSubnet.ts';

interface Facts {
  readonly width?: number;
  readonly resolution: number;
  readonly bits?: SubnetEntry['bits'];
  readonly top1?: number;
  readonly bitOps?: number;
  readonly measuredMs?: number;
}

function subnet({
  width = 1,
  resolution,
  bits = 8,
  top1,
  bitOps = 1,
  measuredMs,
}: Facts): CalibratedSubnet {
  return {
    width,
    resolution,
    bits,
    table: { file: 'table.bin', sizeBytes: 0, sha256: '' },
    cost: { macs: bitOps, bitOps, weightBytes: 0 },
    ...(top1 === undefined ? {} : { accuracy: { top1, top5: 1, images: 1, dataset: 'd' } }),
    measuredMs: measuredMs ?? null,
  };
}

const resolutionsOf = (subnets: readonly CalibratedSubnet[]) => subnets.map((s) => s.resolution);

test('the most accurate comes first, the cheaper one of equals, then those without a record', () => {
  const subnets = [
    subnet({ resolution: 96, bitOps: 9 }),
    subnet({ resolution: 128, top1: 0.7, bitOps: 5 }),
    subnet({ resolution: 112, bitOps: 10 }),
    subnet({ resolution: 160, top1: 0.7, bitOps: 4 }),
    subnet({ resolution: 224, top1: 0.8, bitOps: 6 }),
  ];
  expect(resolutionsOf(allowedSubnets(subnets, 'auto', {}))).toEqual([224, 160, 128, 112, 96]);
});

test('without any record the largest comes first', () => {
  const subnets = [subnet({ resolution: 96, bitOps: 1 }), subnet({ resolution: 224, bitOps: 2 })];
  expect(resolutionsOf(allowedSubnets(subnets, 'auto', {}))).toEqual([224, 96]);
});

test('a pin leaves what matches it, a pin that nothing matches is refused', () => {
  const subnets = [
    subnet({ resolution: 224, bits: 8, top1: 0.8 }),
    subnet({ resolution: 224, bits: 4, top1: 0.6 }),
    subnet({ resolution: 160, bits: 4, top1: 0.7 }),
  ];
  expect(resolutionsOf(allowedSubnets(subnets, { bits: 4 }, {}))).toEqual([160, 224]);
  expect(resolutionsOf(allowedSubnets(subnets, { bits: 4, resolution: 224 }, {}))).toEqual([224]);
  expect(allowedSubnets(subnets, {}, {})).toHaveLength(3);
  expect(() => allowedSubnets(subnets, { bits: 6 }, {})).toThrow(
    expect.objectContaining({
      code: 'UNKNOWN_SUBNET',
      expected: expect.stringContaining('1.0,160,4'),
    }),
  );
});

test('accuracy wins over latency: what is not accurate enough is never considered', () => {
  const subnets = [
    subnet({ resolution: 224, top1: 0.8, measuredMs: 40 }),
    subnet({ resolution: 192, top1: 0.75, measuredMs: 30 }),
    subnet({ resolution: 96, top1: 0.5, measuredMs: 5 }),
  ];
  const accurate = allowedSubnets(subnets, 'auto', { minAccuracy: 0.75 });
  expect(resolutionsOf(accurate)).toEqual([224, 192]);
  expect(selectSubnet(accurate, 10)).toMatchObject({
    kind: 'selected',
    subnet: { resolution: 192 },
  });
  expect(resolutionsOf(allowedSubnets(subnets, 'auto', { minAccuracy: 0.9 }))).toEqual([224]);
});

test('an accuracy cannot be asked of a model that records none', () => {
  expect(() => allowedSubnets([subnet({ resolution: 96 })], 'auto', { minAccuracy: 0.1 })).toThrow(
    expect.objectContaining({ code: 'INVALID_ARGUMENT' }),
  );
});

test('the stricter of latency and frame rate is the limit', () => {
  expect(latencyLimitMs({})).toBe(Number.POSITIVE_INFINITY);
  expect(latencyLimitMs({ fps: 50 })).toBe(20);
  expect(latencyLimitMs({ latencyMs: 33, fps: 50 })).toBe(20);
  expect(latencyLimitMs({ latencyMs: 10, fps: 50 })).toBe(10);
});

test('the best that fits is selected, and only the latencies before it are asked for', () => {
  const [best, middle, last] = [40, 20, 5];
  const allowed = (...measured: (number | undefined)[]) =>
    [224, 160, 96].map((resolution, i) =>
      subnet({ resolution, ...(measured[i] === undefined ? {} : { measuredMs: measured[i] }) }),
    );
  expect(selectSubnet(allowed(), 25)).toMatchObject({
    kind: 'measure',
    subnet: { resolution: 224 },
  });
  expect(selectSubnet(allowed(best), 25)).toMatchObject({
    kind: 'measure',
    subnet: { resolution: 160 },
  });
  expect(selectSubnet(allowed(best, middle), 25)).toMatchObject({
    kind: 'selected',
    subnet: { resolution: 160 },
  });
  expect(selectSubnet(allowed(best, middle), 20)).toMatchObject({ kind: 'selected' });
  expect(selectSubnet(allowed(best, middle, last), 1)).toMatchObject({
    kind: 'selected',
    subnet: { resolution: 96 },
  });
});

test('nothing is measured without a limit, or where there is no choice', () => {
  const two = [subnet({ resolution: 224 }), subnet({ resolution: 96 })];
  expect(selectSubnet(two, Number.POSITIVE_INFINITY)).toMatchObject({
    kind: 'selected',
    subnet: { resolution: 224 },
  });
  expect(selectSubnet(two.slice(1), 1)).toMatchObject({
    kind: 'selected',
    subnet: { resolution: 96 },
  });
});
