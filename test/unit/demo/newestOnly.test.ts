import { expect, test } from 'vitest';
import { newestOnly } from '../../../src/demo/newestOnly.ts';

test('while one value is applied, only the newest of the later ones waits', async () => {
  const applied: number[] = [];
  const apply = newestOnly(async (value: number) => {
    await Promise.resolve();
    applied.push(value);
  });
  await Promise.all([apply(1), apply(2), apply(3)]);
  expect(applied).toEqual([1, 3]);
  await apply(4);
  expect(applied).toEqual([1, 3, 4]);
});
