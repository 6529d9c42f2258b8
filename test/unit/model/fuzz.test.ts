import { expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { RtfqError } from '../../../src/errors.ts';
import { openModel } from '../../../src/model/reader.ts';
import type { ModelFiles } from '../../../src/model/writer.ts';
import { buildPlan } from '../../../src/network/plan.ts';
import { editText, manifestText, withManifest } from '../../support/editedModel.ts';
import { type Random, seededRandom } from '../../support/random.ts';
import { readFrom } from '../../support/randomModel.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

const seed = 20;
const mutants = 2000;
const timeoutMs = 20_000;
/** The largest number of values in a plan's tensors: SPEC.md, "Limits". */
const maxActivationValues = 2 ** 27;

type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

const interesting: readonly Json[] = [
  ...[0, -1, 1, 2, 3, 4, 6, 7, 8, 16, 24, 32, 33, 255, 256, 2048, 65_536],
  ...[2 ** 20, 2 ** 31 - 8, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, -0.5, 1e-300],
  ...[
    '',
    'image',
    'stem',
    'head',
    '__proto__',
    'conv',
    'depthwise',
    'averagePool',
    'maxPool',
    'none',
    'shared',
  ],
  ...[null, true, false, [], {}],
];

/** Changes one to three places of a JSON document; most changes keep a value's type, and many its validity. */
function mutate(root: Json, random: Random): Json {
  const mutant = structuredClone(root);
  const changes = 1 + Math.floor(3 * random() ** 2);
  for (let i = 0; i < changes; i++) changeOnePlace(mutant, random);
  return mutant;
}

function changeOnePlace(root: Json, random: Random): void {
  const pick = <T>(values: readonly T[]): T => values[Math.floor(random() * values.length)]!;
  const places: { readonly holder: Record<string, Json>; readonly key: string }[] = [];
  const collect = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ holder: value as Record<string, Json>, key });
      collect(inner);
    }
  };
  collect(root);
  const { holder, key } = pick(places);
  const value = holder[key]!;
  const other = pick(places);
  switch (
    pick(['replace', 'nudge', 'nudge', 'scale', 'remove', 'repeat', 'swap', 'copy', 'copy'])
  ) {
    case 'replace':
      holder[key] = pick(interesting);
      break;
    case 'nudge':
      if (typeof value === 'number') holder[key] = value + pick([-8, -1, 1, 8]);
      break;
    case 'scale':
      if (typeof value === 'number') holder[key] = value * pick([0.5, 2, 1024]);
      break;
    case 'remove':
      if (Array.isArray(holder)) holder.splice(Number(key), 1);
      else delete holder[key];
      break;
    case 'repeat':
      if (Array.isArray(holder)) holder.splice(Number(key), 0, structuredClone(value));
      break;
    case 'swap':
      holder[key] = structuredClone(other.holder[other.key]!);
      break;
    default: {
      // From a place with the same key: another layer's kernel, another subnet's table.
      const namesakes = places.filter((place) => place.key === key);
      const source = pick(namesakes);
      holder[key] = structuredClone(source.holder[source.key]!);
    }
  }
}

/** Reads a model and compiles all its subnets, which unpacks all weights, and adds up their activations. */
async function loadEverything(files: ModelFiles): Promise<number> {
  const model = await openModel(readFrom(files));
  const { manifest } = model;
  let mostValues = 0;
  for (const subnet of manifest.subnets) {
    const plan = buildPlan(manifest, subnet, await model.readTable(subnet));
    const values = plan.tensors.reduce((sum, { height, width, channels }) => {
      return sum + height * width * channels;
    }, 0);
    mostValues = Math.max(mostValues, values);
    const backend = openReferenceBackend();
    for (const id of ['shared', subnet.bits] as const) {
      backend.loadPack(manifest, await model.readPack(id));
    }
    (await backend.compile(plan)).dispose();
  }
  return mostValues;
}

test(`${mutants} mutants of a manifest, seed ${seed}: each loads within its limits or is refused`, {
  timeout: timeoutMs,
}, async () => {
  const files = await tinyModelFiles();
  // Three subnets instead of twelve: what is looked for does not depend on their number.
  const whole = JSON.parse(editText(manifestText(files), {}));
  const original: Json = { ...whole, subnets: [0, 4, 11].map((i) => whole.subnets[i]) };
  await loadEverything(withManifest(files, JSON.stringify(original)));
  const random = seededRandom(seed);
  let loaded = 0;
  const refused = new Map<string, number>();
  for (let i = 0; i < mutants; i++) {
    const json = JSON.stringify(mutate(original, random));
    try {
      const values = await loadEverything(withManifest(files, json));
      expect(values, `mutant ${i}`).toBeLessThanOrEqual(maxActivationValues);
      loaded++;
    } catch (thrown) {
      if (!(thrown instanceof RtfqError)) {
        // A mutant may name a file that there is none of.
        const missing = thrown instanceof Error && thrown.message.includes('has no file');
        if (!missing) throw new Error(`mutant ${i}: ${json}`, { cause: thrown });
        continue;
      }
      expect(['MODEL_FORMAT', 'MODEL_INTEGRITY'], `mutant ${i}: ${thrown}`).toContain(thrown.code);
      refused.set(thrown.code, (refused.get(thrown.code) ?? 0) + 1);
    }
  }
  // Otherwise the mutants would say nothing about what lies behind the schema.
  expect(loaded).toBeGreaterThan(mutants / 20);
  expect(refused.get('MODEL_FORMAT')).toBeGreaterThan(mutants / 4);
  expect(refused.get('MODEL_INTEGRITY')).toBeGreaterThan(0);
});
