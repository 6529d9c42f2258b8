import { sealJson } from '../../src/model/checksum.ts';
import type { ModelFiles } from '../../src/model/writer.ts';
import { editText, manifestText, replaceFile, withManifest } from '../support/editedModel.ts';
import { type Random, seededRandom } from '../support/random.ts';
import { randomModelFiles } from '../support/randomModel.ts';
import { tinyResnet } from '../support/tinyResnet.ts';
import { tinyTopology } from '../support/tinyTopology.ts';
import { damageBytes, damageFloats, plantText, repeatKey } from './byteMutations.ts';
import { enlargeNumbers, type Json, mutateJson, pick, renameFiles } from './jsonMutations.ts';

/** How an input differs from the model that it was made of. */
export const mutationKinds = [
  'fields',
  'fileNames',
  'hugeNumbers',
  'repeatedKey',
  'plantedText',
  'manifestBytes',
  'fileBytes',
  'tableFloats',
  'otherFile',
] as const;
export type MutationKind = (typeof mutationKinds)[number];

export interface FuzzInput {
  readonly kind: MutationKind;
  /** The model before. */
  readonly original: ModelFiles;
  readonly files: ModelFiles;
  /**
   * `damage`: checksum and hashes are those of the model before, and have to give the change away.
   * `forgery`: whoever made the change adapted or removed them, as an attacker would.
   */
  readonly intent: 'damage' | 'forgery';
}

/** A model to make inputs of. */
interface Base {
  readonly files: ModelFiles;
  /** Without the checksum. */
  readonly manifest: Json;
  readonly manifestText: string;
  readonly packsAndTables: readonly string[];
}

/** Makes input after input; the same seed and index give the same input everywhere. */
export class FuzzInputs {
  readonly #seed: number;
  readonly #bases: readonly Base[];

  static async open(seed: number): Promise<FuzzInputs> {
    const classes = ['ant', 'bee', 'cat'];
    const common = { classes, widths: [1, 0.5], resolutions: [16, 9], bits: [8, 6, 4] } as const;
    const models = await Promise.all([
      randomModelFiles({ ...common, topology: tinyTopology(classes.length), seed: 1 }),
      randomModelFiles({ ...common, topology: tinyResnet('basic', classes.length), seed: 2 }),
    ]);
    return new FuzzInputs(seed, models.map(baseOf));
  }

  private constructor(seed: number, bases: readonly Base[]) {
    this.#seed = seed;
    this.#bases = bases;
  }

  get originals(): readonly ModelFiles[] {
    return this.#bases.map(({ files }) => files);
  }

  async make(index: number): Promise<FuzzInput> {
    // Neighbouring seeds of the generator give unlike numbers.
    const random = seededRandom(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b));
    const base = pick(this.#bases, random);
    const kind = pick(mutationKinds, random);
    return { kind, original: base.files, ...(await mutate(base, kind, random)) };
  }
}

type Mutant = Pick<FuzzInput, 'files' | 'intent'>;

async function mutate(base: Base, kind: MutationKind, random: Random): Promise<Mutant> {
  const { files, manifest, packsAndTables } = base;
  const forged = (json: string): Mutant => ({
    files: withManifest(files, json),
    intent: 'forgery',
  });
  switch (kind) {
    case 'fields':
      return forged(JSON.stringify(mutateJson(manifest, random)));
    case 'fileNames':
      return forged(JSON.stringify(renameFiles(manifest, random)));
    case 'hugeNumbers':
      return forged(JSON.stringify(enlargeNumbers(manifest, random)));
    case 'repeatedKey':
      return forged(repeatKey(JSON.stringify(manifest), random));
    case 'plantedText':
      return forged(resealed(plantText(base.manifestText, random), random));
    case 'manifestBytes': {
      const bytes = damageBytes(files.get('model.json')!, random);
      return { files: new Map([...files, ['model.json', bytes]]), intent: 'damage' };
    }
    case 'fileBytes':
      return changeFile(files, pick(packsAndTables, random), damageBytes, random);
    case 'tableFloats': {
      const tables = packsAndTables.filter((file) => file.startsWith('table'));
      return changeFile(files, pick(tables, random), damageFloats, random);
    }
    case 'otherFile': {
      const other = files.get(pick(packsAndTables, random))!;
      return changeFile(files, pick(packsAndTables, random), () => other, random);
    }
    default:
      return kind satisfies never;
  }
}

async function changeFile(
  files: ModelFiles,
  file: string,
  change: (bytes: Uint8Array<ArrayBuffer>, random: Random) => Uint8Array<ArrayBuffer>,
  random: Random,
): Promise<Mutant> {
  const bytes = change(files.get(file)!, random);
  if (random() < 0.3) return { files: new Map([...files, [file, bytes]]), intent: 'damage' };
  return { files: await replaceFile(files, file, bytes), intent: 'forgery' };
}

/** A changed text with a checksum that fits again, where it still has one. */
function resealed(json: string, random: Random): string {
  return random() < 0.8 ? sealJson(json) : json;
}

/** Three subnets instead of twelve: what is looked for does not depend on their number. */
function baseOf(files: ModelFiles): Base {
  const whole = JSON.parse(editText(manifestText(files), {}));
  const manifest = { ...whole, subnets: [0, 4, 11].map((i) => whole.subnets[i]) };
  const text = sealJson(JSON.stringify({ crc32: '00000000', ...manifest }));
  const named = new Set(JSON.stringify(manifest).match(/(?:table|weights)-[\w.-]+\.bin/g));
  const kept = new Map([...files].filter(([file]) => named.has(file)));
  return {
    files: withManifest(kept, text),
    manifest,
    manifestText: text,
    packsAndTables: [...kept.keys()],
  };
}
