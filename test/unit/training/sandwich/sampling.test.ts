import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatSubnet, type Subnet } from '../../../../src/network/subnet.ts';
import { completeRecipe, type PartialRecipe } from '../../../../src/training/recipe/recipe.ts';
import { randomStream } from '../../../../src/training/sandwich/randomStream.ts';
import { sampleSubnets } from '../../../../src/training/sandwich/sampling.ts';

function sample(partial: PartialRecipe, seed: number, step = 0): readonly Subnet[] {
  return sampleSubnets(completeRecipe(partial), randomStream(seed, 'subnets', step));
}

const seeds = fc.integer({ min: 0, max: 2 ** 32 - 1 });

describe('the sandwich', () => {
  test('has the largest subnet first, the smallest, and two more', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const subnets = sample({}, seed);
        expect(subnets).toHaveLength(4);
        expect(subnets[0]).toEqual({ width: 1, resolution: 224, bits: 8 });
        expect(subnets).toContainEqual({ width: 0.7, resolution: 128, bits: 4 });
      }),
    );
  });

  test('has every bit-width in every step, in falling order, and no subnet twice', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const subnets = sample({}, seed);
        const bits = subnets.map((subnet) => subnet.bits);
        expect(new Set(bits)).toEqual(new Set([8, 6, 4]));
        expect(bits).toEqual([...bits].sort((a, b) => b - a));
        expect(new Set(subnets.map(formatSubnet)).size).toBe(4);
      }),
    );
  });

  test('meets every subnet in the long run (seed 1)', () => {
    const seen = new Set<string>();
    for (let step = 0; step < 1000; step++) {
      for (const subnet of sample({}, 1, step)) seen.add(formatSubnet(subnet));
    }
    expect(seen.size).toBe(48);
  });

  test('of one bit-width is a sandwich in width and resolution', () => {
    const subnets = sample({ bits: [4] }, 3);
    expect(subnets).toHaveLength(4);
    expect(subnets[0]).toEqual({ width: 1, resolution: 224, bits: 4 });
    expect(subnets.at(-1)).toEqual({ width: 0.7, resolution: 128, bits: 4 });
  });

  test('of few subnets has each of them once', () => {
    const one = sample({ widths: [1], resolutions: [32], bits: [8] }, 5);
    expect(one).toEqual([{ width: 1, resolution: 32, bits: 8 }]);
    expect(sample({ widths: [1], resolutions: [32], bits: [8, 6, 4] }, 5)).toHaveLength(3);
  });
});

describe('other rules', () => {
  test('random draws different subnets, the largest of them first', () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const subnets = sample({ sampling: { rule: 'random', subnets: 4 } }, seed);
        expect(new Set(subnets.map(formatSubnet)).size).toBe(4);
        expect(subnets[0]!.bits).toBe(Math.max(...subnets.map(({ bits }) => bits)));
      }),
    );
  });

  test('single always gives the same', () => {
    const subnet: Subnet = { width: 0.9, resolution: 160, bits: 6 };
    expect(sample({ sampling: { rule: 'single', subnet } }, 1)).toEqual([subnet]);
  });
});

describe('a random stream', () => {
  test('depends on seed, purpose and index, and on nothing else', () => {
    const first = (seed: number, purpose: string, index: number) =>
      randomStream(seed, purpose, index)();
    expect(first(1, 'a', 2)).toBe(first(1, 'a', 2));
    expect(
      new Set([first(1, 'a', 2), first(2, 'a', 2), first(1, 'b', 2), first(1, 'a', 3)]).size,
    ).toBe(4);
  });

  test('begins evenly over neighbouring indices', () => {
    let sum = 0;
    for (let index = 0; index < 2000; index++) sum += randomStream(1, 'x', index)();
    expect(sum / 2000).toBeGreaterThan(0.47);
    expect(sum / 2000).toBeLessThan(0.53);
  });
});
