import { shuffled } from '../random.ts';
import type { Recipe } from '../recipe/recipe.ts';
import type { Domain } from '../sandwich/lossTerms.ts';
import { randomStream } from '../sandwich/randomStream.ts';
import type { PictureRequest } from './data.ts';
import { drawView } from './view.ts';

/**
 * The pictures of one step: every picture once before any comes again, in another order each time round.
 * A function of seed and step alone, so that a resumed run goes on where it was.
 * @param step from 0
 * @param count pictures that the domain has
 */
export function batchRequests(
  { seed, batch, augmentation }: Pick<Recipe, 'seed' | 'batch' | 'augmentation'>,
  domain: Domain,
  step: number,
  count: number,
): readonly PictureRequest[] {
  const orders = new Map<number, readonly number[]>();
  const orderOf = (round: number) => {
    const known = orders.get(round);
    if (known !== undefined) return known;
    const order = shuffled(
      Array.from({ length: count }, (_, i) => i),
      randomStream(seed, `${domain} order`, round),
    );
    orders.set(round, order);
    return order;
  };
  return Array.from({ length: batch[domain] }, (_, i) => {
    const position = step * batch[domain] + i;
    const index = orderOf(Math.floor(position / count))[position % count]!;
    return { index, view: drawView(randomStream(seed, `${domain} view`, position), augmentation) };
  });
}

/** The same pictures as the runtime sees them. */
export function centreViews(
  { cropFraction }: Pick<Recipe, 'cropFraction'>,
  requests: readonly Pick<PictureRequest, 'index'>[],
): readonly PictureRequest[] {
  const view = { kind: 'centre', fraction: cropFraction } as const;
  return requests.map(({ index }) => ({ index, view }));
}

/** So many different pictures of a domain, all where there are fewer, as the runtime sees them. */
export function sampleRequests(
  recipe: Pick<Recipe, 'seed' | 'cropFraction'>,
  purpose: string,
  pictures: number,
  count: number,
): readonly PictureRequest[] {
  const order = shuffled(
    Array.from({ length: count }, (_, i) => i),
    randomStream(recipe.seed, purpose, 0),
  );
  return centreViews(
    recipe,
    order.slice(0, pictures).map((index) => ({ index })),
  );
}
