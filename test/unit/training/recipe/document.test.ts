import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { completeRecipe } from '../../../../src/training/recipe/recipe.ts';
import { recipeSchema } from '../../../../src/training/recipe/schema.ts';

const path = join(import.meta.dirname, '../../../../src/training/recipe/RECIPE.md');

/** The table's rows: field, default, unit, meaning, origin. */
const rows = readFileSync(path, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| `'))
  .map((line) =>
    line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim()),
  )
  .map(([field, value, , meaning, origin]) => ({
    field: field!.replaceAll('`', ''),
    value: value!.replaceAll('`', ''),
    meaning: meaning!,
    origin: origin!,
  }));

describe('RECIPE.md', () => {
  test('names every field of the schema, once, and no other', () => {
    expect(rows.map(({ field }) => field).sort()).toEqual(leavesOf(recipeSchema, '').sort());
  });

  test('gives the defaults that the code has', () => {
    const recipe = completeRecipe({});
    const random = completeRecipe({ sampling: { rule: 'random' } });
    for (const { field, value } of rows) {
      if (value === 'none') continue;
      const actual = valueAt(recipe, field) ?? valueAt(random, field);
      expect(JSON.stringify(actual), field).toBe(value);
    }
  });

  test('says of each field what it means and where it comes from', () => {
    for (const { field, origin } of rows) {
      expect(origin, field).toMatch(/^(stated|inferred|chosen)/);
    }
  });
});

interface SchemaNode {
  readonly type: string;
  readonly key?: string;
  readonly wrapped?: SchemaNode;
  readonly entries?: Readonly<Record<string, SchemaNode>>;
  readonly options?: readonly SchemaNode[];
}

/** Paths of the fields that are no objects with defaults of their own. */
function leavesOf(schema: unknown, path: string): string[] {
  const node = schema as SchemaNode;
  const inner = node.type === 'optional' ? node.wrapped! : node;
  if (inner.type === 'variant') {
    return [...new Set(inner.options!.flatMap((option) => leavesOf(option, path)))];
  }
  const isObject =
    inner.type === 'strict_object' && (path === '' || node !== inner || !isField(path));
  if (!isObject) return [path];
  return Object.entries(inner.entries!).flatMap(([key, child]) =>
    leavesOf(child, path === '' ? key : `${path}.${key}`),
  );
}

/** The subnet of the single rule is one value. */
function isField(path: string): boolean {
  return path === 'sampling.subnet';
}

function valueAt(recipe: object, field: string): unknown {
  return field
    .split('.')
    .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], recipe);
}
