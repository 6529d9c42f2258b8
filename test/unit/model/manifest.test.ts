import { describe, expect, test } from 'vitest';
import type { RtfqError } from '../../../src/errors.ts';
import { checksumOf, sealJson } from '../../../src/model/checksum.ts';
import { parseManifest } from '../../../src/model/manifest.ts';
import { validateManifest } from '../../../src/model/validate.ts';
import { encodeManifest } from '../../../src/model/writer.ts';
import { editText, manifestText } from '../../support/editedModel.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

const json = manifestText(await tinyModelFiles());

function refusal(text: string): RtfqError {
  try {
    validateManifest(parseManifest(text));
  } catch (thrown) {
    return thrown as RtfqError;
  }
  throw new Error('the manifest was accepted');
}

/** Paths of the fields of the first entry of each list and of all objects. */
function fieldPaths(value: unknown, path = ''): readonly string[] {
  if (Array.isArray(value)) return value.length > 0 ? fieldPaths(value[0], `${path}0.`) : [];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, inner]) => [
    `${path}${key}`,
    ...fieldPaths(inner, `${path}${key}.`),
  ]);
}

describe('parseManifest', () => {
  test('reads what encodeManifest writes', () => {
    const manifest = parseManifest(json);
    expect(parseManifest(new TextDecoder().decode(encodeManifest(manifest)))).toEqual(manifest);
    expect(manifest).not.toHaveProperty('crc32');
  });

  const optional = ['crc32', 'subnets.0.accuracy'];
  const required = fieldPaths(JSON.parse(json)).filter((path) => !optional.includes(path));

  test.each(required)('misses %s', (path) => {
    const error = refusal(editText(json, { [path]: undefined }));
    // Of an object without the field that says which kind it is, nothing more can be said.
    const field = path === 'layers.0.weights' ? 'layers: stem.weights' : path;
    expect(error).toMatchObject({ code: 'MODEL_FORMAT' });
    expect(error.message).toContain(`model.json: ${field}`);
  });

  test.each(optional)('does without %s', (path) => {
    validateManifest(parseManifest(editText(json, { [path]: undefined })));
  });

  test.each([
    '',
    'input.',
    'layers.0.',
    'layers.0.weights.',
    'layers.1.weights.',
    'packs.',
    'packs.shared.',
    'subnets.0.',
    'subnets.0.cost.',
    'subnets.0.accuracy.',
    'provenance.',
  ])('refuses a field it does not know: %ssurprise', (path) => {
    const error = refusal(editText(json, { [`${path}surprise`]: 1 }));
    expect(error).toMatchObject({ code: 'MODEL_FORMAT' });
    expect(error.message).toContain(`${path}surprise`);
  });

  const long = (length: number) => 'x'.repeat(length);
  const cases: readonly (readonly [path: string, value: unknown])[] = [
    ['format', 'other'],
    ['version', 0],
    ['version', '1'],
    ['crc32', 5],
    ['name', ''],
    ['name', long(201)],
    ['topology', 5],
    ['classes', []],
    ['classes', 'cat'],
    ['classes.3', 5],
    ['classes.3', long(4097)],
    ['classes', new Array(100_001).fill('x')],
    ['input.zeroPoint', [1, 2]],
    ['input.zeroPoint.1', 256],
    ['input.zeroPoint.1', -1],
    ['input.zeroPoint.1', 0.5],
    ['input.cropFraction', 0],
    ['input.cropFraction', 1.01],
    ['input.cropFraction', '0.875'],
    ['widths', []],
    ['widths.0', 1.5],
    ['widths.1', 0],
    ['widths', new Array(65).fill(1)],
    ['resolutions', []],
    ['resolutions.1', 7],
    ['resolutions.0', 2049],
    ['resolutions.0', 224.5],
    ['bits', []],
    ['bits.0', 5],
    ['layers', []],
    ['layers', {}],
    ['layers.0', null],
    ['layers.0.name', ''],
    ['layers.0.op', 'softmax'],
    ['layers.0.input', 3],
    ['layers.0.kernel', [3]],
    ['layers.0.kernel.0', 0],
    ['layers.0.stride', 0],
    ['layers.0.stride', 9],
    ['layers.0.stride', 1.5],
    ['layers.0.padding.0', -1],
    ['layers.0.padding.0', 65],
    ['layers.0.outChannels.0', 0],
    ['layers.0.outChannels.0', 2 ** 20 + 1],
    ['layers.0.inChannels.0', 2.5],
    ['layers.0.activation', 'gelu'],
    ['layers.0.inputBits.0', 7],
    ['layers.0.inputSigned', 'no'],
    ['layers.0.weights.pack', 'other'],
    ['layers.0.weights.offset', -8],
    ['layers.0.weights.offset', 2 ** 31],
    ['layers.0.weights.bits', 3],
    ['layers.1.weights.offsets.0', 2 ** 53],
    ['layers.1.weights.bits.0', 12],
    ['packs.perBits', {}],
    ['packs.shared.file', ''],
    ['packs.shared.sizeBytes', -1],
    ['packs.shared.sizeBytes', 2 ** 31],
    ['packs.shared.sha256', 'f00'],
    ['packs.shared.sha256', 'F'.repeat(64)],
    ['subnets', []],
    ['subnets.0.width', 0],
    ['subnets.0.resolution', 4096],
    ['subnets.0.bits', 16],
    ['subnets.0.cost.macs', -1],
    ['subnets.0.cost.macs', 0.5],
    ['subnets.0.cost.bitOps', 'many'],
    ['subnets.0.cost.weightBytes', 2 ** 31],
    ['subnets.0.accuracy.top1', 1.5],
    ['subnets.0.accuracy.images', 0],
    ['subnets.0.accuracy.dataset', ''],
    ['provenance.generator', long(4097)],
    ['provenance.sources', {}],
    ['provenance.sources', [{ name: 'x', role: 'rumour', licence: 'x' }]],
  ];

  test.each(cases)('refuses %s: %j', (path, value) => {
    const error = refusal(editText(json, { [path]: value }));
    expect(error).toMatchObject({ code: 'MODEL_FORMAT' });
    expect(error.message).toContain(`model.json: ${path}`);
    expect(error.expected).toBeTruthy();
  });

  test('refuses infinite numbers, which JSON spells 1e999', () => {
    for (const field of ['macs', 'bitOps', 'weightBytes', 'sizeBytes', 'stride']) {
      const infinite = editText(json, {}).replace(
        new RegExp(`"${field}":\\d+`),
        `"${field}":1e999`,
      );
      expect(refusal(infinite).message).toContain(field);
    }
  });

  test.each([
    ['nothing', ''],
    ['a web page', '<!doctype html><html><body>Not found</body></html>'],
    ['binary', '\u0000\u0001\u0002'],
    ['JSON that stops in the middle', json.slice(0, json.length / 2)],
  ])('says that %s is not JSON', (_, text) => {
    const error = refusal(text);
    expect(error).toMatchObject({ code: 'MODEL_FORMAT', got: text.slice(0, 40) });
    expect(error.message).toContain('not JSON');
  });

  test.each(['null', '[]', '7', '"rtfq"', 'true', '{}'])('refuses the document %s', (text) => {
    expect(refusal(text)).toMatchObject({ code: 'MODEL_FORMAT' });
  });

  test('says of a newer version that it is newer, before anything else', () => {
    const error = refusal(JSON.stringify({ version: 2, layers: 'of another kind', crc32: 'none' }));
    expect(error).toMatchObject({ code: 'MODEL_FORMAT', got: 'format version 2' });
    expect(error.message).toContain('newer');
    expect(error.hint).toContain('update');
  });
});

describe('the checksum of model.json', () => {
  test('survives formatting anew', () => {
    const spread = JSON.stringify(JSON.parse(json), null, '\t').replaceAll('\n', '\r\n');
    expect(parseManifest(spread)).toEqual(parseManifest(json));
    expect(parseManifest(JSON.stringify(JSON.parse(json)))).toEqual(parseManifest(json));
  });

  test('is missed by no change of a value that the schema would let pass', () => {
    const changed = json.replace('"cropFraction": 0.875', '"cropFraction": 0.375');
    const error = refusal(changed);
    expect(error).toMatchObject({ code: 'MODEL_INTEGRITY' });
    expect(error.hint).toContain('crc32');
    validateManifest(parseManifest(editText(changed, {})));
  });

  test('does not count white space, but counts what takes its place', () => {
    expect(checksumOf('{"a": "b c"}')).toBe(checksumOf('{"a":"bc"}'));
    expect(checksumOf('{"a": "b-c"}')).not.toBe(checksumOf('{"a":"bc"}'));
  });

  test('is that of zlib', () => {
    // "123456789" is the check value of every catalogue of CRCs: cbf43926.
    expect(checksumOf('123456789')).toBe('cbf43926');
  });

  test('is put into the place kept for it, whatever stood there', () => {
    const sealed = sealJson('{ "crc32": "00000000", "x": 1 }');
    expect(sealJson(sealed)).toBe(sealed);
    expect(sealed).toContain(`"crc32": "${checksumOf(sealed)}"`);
  });
});
