import { type Subnet, sameSubnet } from '../../network/subnet.ts';
import { shuffled } from '../random.ts';
import type { Recipe } from '../recipe/recipe.ts';

export type Dimensions = Pick<Recipe, 'widths' | 'resolutions' | 'bits'>;

/** Every combination, largest first: by bits, then width, then resolution. */
export function allSubnets({ widths, resolutions, bits }: Dimensions): readonly Subnet[] {
  return bits.flatMap((b) =>
    widths.flatMap((width) => resolutions.map((resolution) => ({ width, resolution, bits: b }))),
  );
}

/**
 * The subnets of one step, different ones, in the order in which they are trained: falling bits, so that
 * soft targets are there when lower bit-widths need them. The first has the role of the largest.
 */
export function sampleSubnets(
  recipe: Dimensions & Pick<Recipe, 'sampling'>,
  random: () => number,
): readonly Subnet[] {
  const { sampling } = recipe;
  switch (sampling.rule) {
    case 'sandwich':
      return largestFirst(recipe, sandwich(recipe, sampling.randomSubnets, random));
    case 'random':
      return largestFirst(recipe, shuffled(allSubnets(recipe), random).slice(0, sampling.subnets));
    case 'single':
      return [sampling.subnet];
    default:
      return sampling satisfies never;
  }
}

/** The largest, the smallest, and random ones drawn so that every bit-width occurs. */
function sandwich(dimensions: Dimensions, randomSubnets: number, random: () => number): Subnet[] {
  const all = allSubnets(dimensions);
  const largest = all[0]!;
  const smallest = all.at(-1)!;
  const chosen = sameSubnet(largest, smallest) ? [largest] : [largest, smallest];
  // Bit-widths that only random subnets can bring in, in places of their own.
  const missing = dimensions.bits.slice(1, -1);
  const free = Array.from({ length: randomSubnets - missing.length }, () => null);
  for (const bits of shuffled([...missing, ...free], random)) {
    const pool = all.filter(
      (subnet) =>
        (bits === null || subnet.bits === bits) && !chosen.some((one) => sameSubnet(one, subnet)),
    );
    // Empty where there are fewer subnets than places.
    const drawn = pool[Math.floor(random() * pool.length)];
    if (drawn !== undefined) chosen.push(drawn);
  }
  return chosen;
}

function largestFirst(dimensions: Dimensions, subnets: readonly Subnet[]): readonly Subnet[] {
  return allSubnets(dimensions).filter((one) => subnets.some((other) => sameSubnet(one, other)));
}
