import type { Random } from '../support/random.ts';

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** Values on the edges of what fields may hold, and beyond them. */
const interesting: readonly Json[] = [
  ...[0, -1, 1, 2, 3, 4, 6, 7, 8, 16, 24, 32, 33, 255, 256, 2048, 65_536],
  ...[2 ** 20, 2 ** 31 - 8, 2 ** 31 - 1, 2 ** 31, 2 ** 32, 2 ** 53, 1e300, 0.5, -0.5, 1e-300],
  ...['', 'image', 'stem', 'head', '__proto__', 'conv', 'depthwise', 'averagePool', 'maxPool'],
  ...['none', 'shared', null, true, false, [], {}],
];

/** Names that would leave the model's folder, or mean something to a file system or a URL parser. */
const hostileNames: readonly string[] = [
  '../model.json',
  '..\\weights-8.bin',
  '..',
  '.',
  '.hidden',
  './weights-8.bin',
  '/etc/passwd',
  'C:\\weights-8.bin',
  '//elsewhere.invalid/weights-8.bin',
  'https://elsewhere.invalid/weights-8.bin',
  'file:///etc/passwd',
  'data:application/octet-stream,AAAA',
  'blob:null/0',
  'javascript:alert(1)',
  'folder/weights-8.bin',
  '%2e%2e%2fmodel.json',
  '..%2fmodel.json',
  'weights-8.bin?v=2',
  'weights-8.bin#end',
  'weights-8.bin/',
  ' weights-8.bin',
  'weights-8.bin\n',
  'weights-8\0.bin',
  'wеights-8.bin', // a Cyrillic e
  'model.json',
  'Model.json',
  'MODEL.JSON',
  `w${'x'.repeat(100)}`,
  '-rf',
  '',
];

/** Shapes and sizes whose products pass 2^31, 2^32 or 2^53. */
const hugeNumbers: readonly number[] = [
  2 ** 12,
  2 ** 16 + 1,
  2 ** 20,
  2 ** 20 + 1,
  2 ** 24,
  2 ** 30,
  2 ** 31 - 8,
  2 ** 31 - 1,
  2 ** 31,
  2 ** 32 - 1,
  2 ** 32,
  2 ** 32 + 1,
  2 ** 53 - 1,
  2 ** 53,
  2 ** 64,
  1e308,
];

interface Place {
  readonly holder: Record<string, Json>;
  readonly key: string;
}

export function pick<T>(values: readonly T[], random: Random): T {
  return values[Math.floor(random() * values.length)]!;
}

/** Changes one to three places of a JSON document; most changes keep a value's type, and many its validity. */
export function mutateJson(root: Json, random: Random): Json {
  const mutant = structuredClone(root);
  const changes = 1 + Math.floor(3 * random() ** 2);
  for (let i = 0; i < changes; i++) changeOnePlace(mutant, random);
  return mutant;
}

/** Gives one reference to a file, or several, a name that means something else. */
export function renameFiles(root: Json, random: Random): Json {
  const mutant = structuredClone(root);
  const references = placesIn(mutant).filter(({ key }) => key === 'file');
  const { holder } = pick(references, random);
  const before = holder.file;
  const name = pick(hostileNames, random);
  const isEverywhere = random() < 0.5;
  for (const reference of references) {
    if (reference.holder === holder || (isEverywhere && reference.holder.file === before)) {
      reference.holder.file = name;
    }
  }
  return mutant;
}

/** Makes numbers huge: one, or all that have the same key, so that they still agree with each other. */
export function enlargeNumbers(root: Json, random: Random): Json {
  const mutant = structuredClone(root);
  const numbers = placesIn(mutant).filter(({ holder, key }) => typeof holder[key] === 'number');
  const chosen = pick(numbers, random);
  const before = chosen.holder[chosen.key];
  const after = pick(hugeNumbers, random);
  const isEverywhere = random() < 0.5;
  for (const { holder, key } of numbers) {
    const isChosen = holder === chosen.holder && key === chosen.key;
    if (isChosen || (isEverywhere && holder[key] === before)) holder[key] = after;
  }
  return mutant;
}

function placesIn(root: Json): readonly Place[] {
  const places: Place[] = [];
  const collect = (value: Json): void => {
    if (typeof value !== 'object' || value === null) return;
    for (const [key, inner] of Object.entries(value)) {
      places.push({ holder: value as Record<string, Json>, key });
      collect(inner);
    }
  };
  collect(root);
  return places;
}

function changeOnePlace(root: Json, random: Random): void {
  const places = placesIn(root);
  const { holder, key } = pick(places, random);
  const value = holder[key]!;
  const other = pick(places, random);
  switch (
    pick(['replace', 'nudge', 'nudge', 'scale', 'remove', 'repeat', 'swap', 'copy', 'copy'], random)
  ) {
    case 'replace':
      holder[key] = pick(interesting, random);
      break;
    case 'nudge':
      if (typeof value === 'number') holder[key] = value + pick([-8, -1, 1, 8], random);
      break;
    case 'scale':
      if (typeof value === 'number') holder[key] = value * pick([0.5, 2, 1024], random);
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
      const source = pick(namesakes, random);
      holder[key] = structuredClone(source.holder[source.key]!);
    }
  }
}
