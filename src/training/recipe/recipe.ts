import * as v from 'valibot';
import { RtfqError } from '../../errors.ts';
import { type PartialRecipe, type Recipe, recipeSchema } from './schema.ts';

export type { PartialRecipe, Recipe } from './schema.ts';

/**
 * Reads a recipe file. Fields that are left out get their defaults; unknown fields are refused, so that
 * a misspelt one does not go unnoticed.
 * @throws RtfqError `INVALID_ARGUMENT`, naming the field, what it holds and what it should hold
 */
export function parseRecipe(json: string): Recipe {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (cause) {
    throw new RtfqError('INVALID_ARGUMENT', 'the recipe is not JSON', {
      got: json.slice(0, 40),
      ...(cause instanceof Error ? { hint: cause.message } : {}),
      cause,
    });
  }
  return completeRecipe(value as PartialRecipe);
}

/** Checks a recipe and fills in the defaults. @throws RtfqError `INVALID_ARGUMENT`, see `parseRecipe` */
export function completeRecipe(partial: PartialRecipe): Recipe {
  // A list counts as an object without fields otherwise.
  if (Array.isArray(partial)) fail('the document', 'a list', 'an object');
  const parsed = v.safeParse(recipeSchema, partial, { abortEarly: true });
  if (!parsed.success) {
    const issue = parsed.issues[0];
    fail(v.getDotPath(issue) ?? 'the document', issue.received, issue.expected ?? issue.message);
  }
  const recipe: Recipe = parsed.output;
  checkDimensions(recipe);
  checkSampling(recipe);
  checkShards(recipe);
  const { largest } = recipe.losses;
  if (Object.values(largest).every((weight) => weight === 0)) {
    fail('losses.largest', largest, 'at least one weight above 0');
  }
  const { warmUpSteps } = recipe.optimiser.schedule;
  if (warmUpSteps > recipe.steps) {
    fail('optimiser.schedule.warmUpSteps', warmUpSteps, `at most steps, ${recipe.steps}`);
  }
  return recipe;
}

function checkDimensions({ widths, resolutions, bits }: Recipe): void {
  if (widths[0] !== 1)
    fail('widths', widths, '1 as the first: the network whose weights are stored');
  for (const [field, values] of Object.entries({ widths, resolutions, bits })) {
    const isFalling = values.every((value, i) => i === 0 || value < values[i - 1]!);
    if (!isFalling) fail(field, values, 'different values, largest first');
  }
}

function checkShards({ batch: { shards, ...sizes } }: Recipe): void {
  for (const [domain, size] of Object.entries(sizes)) {
    if (size % shards === 0) continue;
    fail(`batch.${domain}`, size, `a multiple of batch.shards, ${shards}`);
  }
}

function checkSampling({ sampling, widths, resolutions, bits }: Recipe): void {
  switch (sampling.rule) {
    case 'random':
      return;
    case 'sandwich': {
      // The largest and the smallest subnet have the most and the fewest bits.
      const between = Math.max(0, bits.length - 2);
      if (sampling.randomSubnets < between) {
        const expected = `at least ${between}, so that every bit-width occurs in every step`;
        fail('sampling.randomSubnets', sampling.randomSubnets, expected);
      }
      return;
    }
    case 'single': {
      const { subnet } = sampling;
      if (!widths.includes(subnet.width)) fail('sampling.subnet.width', subnet.width, widths);
      if (!resolutions.includes(subnet.resolution)) {
        fail('sampling.subnet.resolution', subnet.resolution, resolutions);
      }
      if (!bits.includes(subnet.bits)) fail('sampling.subnet.bits', subnet.bits, bits);
      return;
    }
    default:
      sampling satisfies never;
  }
}

function fail(field: string, got: unknown, expected: unknown): never {
  throw new RtfqError('INVALID_ARGUMENT', `the recipe: ${field}`, { got, expected });
}
