import { describe, expect, test } from 'vitest';
import { RtfqError } from '../../../src/errors.ts';
import { maxManifestBytes } from '../../../src/model/manifest.ts';
import { type Model, openModel } from '../../../src/model/reader.ts';
import type { ModelFiles } from '../../../src/model/writer.ts';
import {
  editManifest,
  editText,
  manifestText,
  replaceFile,
  withManifest,
} from '../../support/editedModel.ts';
import { seededRandom } from '../../support/random.ts';
import { readFrom } from '../../support/randomModel.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

const files = await tinyModelFiles();
const manifestBytes = files.get('model.json')!;
const otherFiles = [...files.keys()].filter((file) => file !== 'model.json');
const seed = 1;

async function readEverything(from: ModelFiles): Promise<Model> {
  const model = await openModel(readFrom(from));
  await model.readPack('shared');
  for (const bits of model.manifest.bits) await model.readPack(bits);
  for (const subnet of model.manifest.subnets) await model.readTable(subnet);
  return model;
}

/** The code of the failure; a load that succeeds, or fails with anything but an RtfqError, throws. */
async function failureOf(from: ModelFiles): Promise<string> {
  const outcome = await readEverything(from).catch((thrown: unknown) => thrown);
  if (outcome instanceof RtfqError) return outcome.code;
  throw new Error('the model was read', { cause: outcome });
}

const withFile = (file: string, bytes: Uint8Array<ArrayBuffer>): ModelFiles => {
  return new Map([...files, [file, bytes]]);
};

function flipBit(bytes: Uint8Array<ArrayBuffer>, bit: number): Uint8Array<ArrayBuffer> {
  const flipped = bytes.slice();
  flipped[bit >> 3]! ^= 1 << (bit & 7);
  return flipped;
}

test('the undamaged model is read', async () => {
  await readEverything(files);
});

describe('a truncated model', () => {
  test('is refused wherever its manifest ends', async () => {
    const random = seededRandom(seed);
    const ends = [0, 1, 2, manifestBytes.length - 3, manifestBytes.length - 2];
    for (let i = 0; i < 300; i++) ends.push(Math.floor(random() * (manifestBytes.length - 2)));
    for (const end of ends) {
      const code = await failureOf(withFile('model.json', manifestBytes.slice(0, end)));
      expect(code, `seed ${seed}, ${end} bytes`).toBe('MODEL_FORMAT');
    }
  });

  test.each(otherFiles)('is refused where %s is shorter or longer', async (file) => {
    const bytes = files.get(file)!;
    const lengths = [0, 1, 4, bytes.length - 4, bytes.length - 1, bytes.length + 1];
    for (const length of lengths) {
      const resized = new Uint8Array(length);
      resized.set(bytes.subarray(0, length));
      expect(await failureOf(withFile(file, resized))).toBe('MODEL_INTEGRITY');
    }
  });

  test('is refused even where size and hash were adapted to the shorter file', async () => {
    for (const file of otherFiles) {
      for (const missing of [1, 4, 16]) {
        const bytes = files.get(file)!;
        const shorter = await replaceFile(files, file, bytes.slice(0, bytes.length - missing));
        expect(await failureOf(shorter), `${file} - ${missing}`).toBe('MODEL_FORMAT');
      }
    }
  });
});

describe('a flipped bit', () => {
  test.each(otherFiles)('in %s is an integrity error', async (file) => {
    const random = seededRandom(seed);
    const bytes = files.get(file)!;
    const bits = [0, 8 * bytes.length - 1];
    for (let i = 0; i < 8; i++) bits.push(Math.floor(random() * 8 * bytes.length));
    for (const bit of bits) {
      const code = await failureOf(withFile(file, flipBit(bytes, bit)));
      expect(code, `seed ${seed}, bit ${bit}`).toBe('MODEL_INTEGRITY');
    }
  });

  test('in the manifest is an integrity or a format error, never a load', async () => {
    const random = seededRandom(seed);
    for (let i = 0; i < 1000; i++) {
      const bit = Math.floor(random() * 8 * manifestBytes.length);
      const code = await failureOf(withFile('model.json', flipBit(manifestBytes, bit)));
      expect(['MODEL_INTEGRITY', 'MODEL_FORMAT'], `seed ${seed}, bit ${bit}`).toContain(code);
    }
  });
});

describe('a hostile model', () => {
  test('cannot put numbers that are not finite, or steps that are not positive, into tables', async () => {
    const file = otherFiles.find((name) => name.startsWith('table'))!;
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, -1]) {
      const bytes = files.get(file)!.slice();
      new DataView(bytes.buffer).setFloat32(0, value, true); // the first layer's step
      expect(await failureOf(await replaceFile(files, file, bytes))).toBe('MODEL_FORMAT');
    }
  });

  test.each([
    ['a web page', '<!doctype html><title>404</title>'],
    ['nothing', ''],
    ['200,000 lists inside each other', '['.repeat(2e5) + ']'.repeat(2e5)],
    ['200,000 objects inside each other', `${'{"layers":'.repeat(2e5)}1${'}'.repeat(2e5)}`],
    ['200,000 unclosed lists', '['.repeat(2e5)],
    ['a long number', '9'.repeat(2e5)],
    ['200,000 layers', `{"layers":[${'{},'.repeat(2e5)}{}]}`],
  ])('cannot send %s for a manifest', async (_, json) => {
    expect(await failureOf(withManifest(files, json))).toBe('MODEL_FORMAT');
  });

  test('cannot send a manifest that is longer than any', async () => {
    const bytes = new Uint8Array(maxManifestBytes + 1).fill(0x20);
    bytes.set(manifestBytes);
    expect(await failureOf(withFile('model.json', bytes))).toBe('MODEL_FORMAT');
    await readEverything(withFile('model.json', bytes.slice(0, maxManifestBytes)));
  });

  test('cannot say a thing twice: readers would differ in what counts', async () => {
    const json = editText(manifestText(files), {});
    const attacks = [
      json.replace('"version":1', '"version":1,"version":1'),
      json.replace('"stride":2', '"stride":1,"stride":2'),
      json.replace('"file":"weights-8.bin"', '"file":"weights-8.bin","file":"weights-8.bin"'),
      json.replace('"version":1', '"version":1,"\\u0076ersion":1'),
    ];
    for (const attack of attacks) {
      expect(attack).not.toBe(json);
      expect(await failureOf(withManifest(files, attack))).toBe('MODEL_FORMAT');
    }
    const withColons = editManifest(files, {
      'classes.0': 'a: "b": \\',
      'provenance.command': '":',
    });
    await readEverything(withColons);
  });

  test('cannot add to lists of a fixed length', async () => {
    for (const path of ['layers.0.kernel.2', 'layers.0.padding.4', 'input.zeroPoint.3']) {
      expect(await failureOf(editManifest(files, { [path]: 1 })), path).toBe('MODEL_FORMAT');
    }
  });

  test('is refused where it is no UTF-8, instead of being read with what no one wrote', async () => {
    const json = editText(manifestText(files), { 'classes.0': 'x\u00e9' });
    const latin1 = Uint8Array.from(json, (char) => char.charCodeAt(0));
    expect(await failureOf(withFile('model.json', latin1))).toBe('MODEL_FORMAT');
    await readEverything(withManifest(files, json));
  });

  test('cannot reach the prototypes of objects', async () => {
    const json = editText(manifestText(files), {});
    const attacks = [
      json.replace('{', '{"__proto__":{"polluted":true},'),
      json.replace('{', '{"constructor":{"prototype":{"polluted":true}},'),
      json.replace('"input":{', '"input":{"__proto__":{"polluted":true},'),
      json.replace('"layers":[{', '"layers":[{"__proto__":{"polluted":true},'),
      json.replace('"layers":[{', '"layers":[{"toString":"polluted",'),
    ];
    for (const attack of attacks) {
      expect(attack).not.toBe(json);
      expect(await failureOf(withManifest(files, attack))).toBe('MODEL_FORMAT');
    }
    expect({}).not.toHaveProperty('polluted');
  });

  test.each(['__proto__', 'constructor', 'hasOwnProperty', 'toString'])(
    'may call a layer and a class %s: a name like any other',
    async (name) => {
      const renamed = editManifest(files, {
        'layers.0.name': name,
        'layers.1.input': name,
        'classes.0': name,
      });
      const { manifest } = await readEverything(renamed);
      expect(manifest.layers[0]!.name).toBe(name);
      expect(await failureOf(editManifest(files, { 'layers.1.input': name }))).toBe('MODEL_FORMAT');
    },
  );

  test('cannot have one file stand in for another', async () => {
    const swapped = new Map(files);
    swapped.set('weights-8.bin', files.get('weights-6.bin')!);
    expect(await failureOf(swapped)).toBe('MODEL_INTEGRITY');
    const { packs } = JSON.parse(manifestText(files));
    const misplaced = editManifest(files, { 'packs.perBits.0': packs.perBits[2] });
    expect(await failureOf(misplaced)).toBe('MODEL_FORMAT');
  });

  test('has no bit-width but its own', async () => {
    const model = await openModel(readFrom(files));
    await expect(model.readPack(5 as 4)).rejects.toMatchObject({ code: 'UNKNOWN_SUBNET' });
  });
});

describe('openModel', () => {
  test('reads packs and tables only when they are asked for', async () => {
    const read: string[] = [];
    const model = await openModel(async (file) => {
      read.push(file);
      return files.get(file)!;
    });
    expect(read).toEqual(['model.json']);
    await model.readTable(model.manifest.subnets[1]!);
    await model.readPack(6);
    expect(read).toEqual(['model.json', 'table-1-32-6.bin', 'weights-6.bin']);
  });

  test('tells what it expects of a file', async () => {
    const expected: unknown[] = [];
    const model = await openModel(async (file, reference) => {
      expected.push(reference?.sizeBytes ?? null);
      return files.get(file)!;
    });
    await model.readPack('shared');
    expect(expected).toEqual([null, files.get('weights-shared.bin')!.length]);
  });

  test('stops where its signal is aborted while a file arrives', async () => {
    const abort = new AbortController();
    const aborting = openModel(
      async (file) => {
        abort.abort();
        return files.get(file)!;
      },
      { signal: abort.signal },
    );
    await expect(aborting).rejects.toMatchObject({ code: 'ABORTED' });
  });

  test('passes on what the reader of files throws', async () => {
    const failure = new RtfqError('MODEL_FETCH_FAILED', 'offline');
    await expect(openModel(() => Promise.reject(failure))).rejects.toBe(failure);
  });
});
