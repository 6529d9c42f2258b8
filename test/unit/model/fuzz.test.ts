import { expect, test } from 'vitest';
import { FuzzInputs, mutationKinds } from '../../fuzz/fuzzInput.ts';
import { runFuzz } from '../../fuzz/runFuzz.ts';

const seed = 20;
const inputs = 20_000;

test(`${inputs} damaged and forged models, seed ${seed}: each is refused or means what it says`, async () => {
  const { outcomes, accesses } = await runFuzz({ seed, from: 0, inputs });
  const sum = (ending: string) =>
    [...outcomes.values()].reduce((total, counts) => total + (counts.get(ending as never) ?? 0), 0);
  expect([...outcomes.keys()].sort()).toEqual([...mutationKinds].sort());
  // Otherwise the inputs would say nothing about what lies behind the schema.
  expect(sum('loaded')).toBeGreaterThan(inputs / 20);
  expect(sum('MODEL_FORMAT')).toBeGreaterThan(inputs / 4);
  expect(sum('MODEL_INTEGRITY')).toBeGreaterThan(inputs / 20);
  expect(accesses).toBeGreaterThan(inputs);
});

test('the same seed and index give the same input', async () => {
  const [first, again] = [await FuzzInputs.open(seed), await FuzzInputs.open(seed)];
  await again.make(3);
  for (const index of [0, 7, 12_345]) {
    const [a, b] = [await first.make(index), await again.make(index)];
    expect([a.kind, a.intent]).toEqual([b.kind, b.intent]);
    for (const [file, bytes] of a.files) expect(Buffer.compare(bytes, b.files.get(file)!)).toBe(0);
  }
});
