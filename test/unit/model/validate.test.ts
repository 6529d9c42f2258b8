import { describe, expect, test } from 'vitest';
import { RtfqError } from '../../../src/errors.ts';
import { parseManifest } from '../../../src/model/manifest.ts';
import { validateManifest } from '../../../src/model/validate.ts';
import { type Edits, editText, manifestText } from '../../support/editedModel.ts';
import { tinyModelFiles } from '../../support/tinyModel.ts';

// Layers: 0 stem, 1-3 down.expand, .depthwise, .project, 4-6 same.expand, .depthwise, .project (with a
// residual), 7 head, 8 pool, 9 classifier.
const json = manifestText(await tinyModelFiles());
const original = parseManifest(json);

function validate(edits: Edits): void {
  validateManifest(parseManifest(editText(json, edits)));
}

test('the unchanged manifest is valid', () => validate({}));

const headWeights = original.layers[7]!.weights as { offsets: readonly number[] };
const classifierWeights = original.layers[9]!.weights as { offset: number };
const pack8 = original.packs.perBits[0]!;
const table = original.subnets[0]!.table;

const cases: readonly (readonly [rule: string, field: string, edits: Edits])[] = [
  ['widths fall', 'widths', { widths: [0.5, 1] }],
  ['widths differ', 'widths', { widths: [1, 1] }],
  ['resolutions fall', 'resolutions', { resolutions: [24, 32] }],
  ['bits fall', 'bits', { bits: [8, 4, 6] }],
  ['bits differ', 'bits', { bits: [8, 8, 4] }],
  ['there is a pack per bit-width', 'packs.perBits.length', { 'packs.perBits': [pack8] }],

  ['names are unique', 'layers: stem', { 'layers.1.name': 'stem' }],
  ['no layer is called image', 'layers: image', { 'layers.0.name': 'image' }],
  ['an input exists', 'layers: head.input', { 'layers.7.input': 'tail' }],
  ['an input is earlier', 'layers: down.expand.input', { 'layers.1.input': 'head' }],
  ['a layer does not read itself', 'layers: head.input', { 'layers.7.input': 'head' }],
  ['a residual exists', 'layers: same.project.residual', { 'layers.6.residual': 'nothing' }],
  ['a residual is earlier', 'layers: down.project.residual', { 'layers.3.residual': 'head' }],
  ['the image is no residual', 'layers: same.project.residual', { 'layers.6.residual': 'image' }],
  ['a residual has the channels', 'same.project.outChannels[0]', { 'layers.6.residual': 'stem' }],
  ['every layer is read', 'layers: same.project', { 'layers.7.input': 'down.project' }],

  ['inChannels per width', 'layers: stem.inChannels.length', { 'layers.0.inChannels': [3] }],
  ['outChannels per width', 'stem.outChannels.length', { 'layers.0.outChannels': [12, 12, 12] }],
  ['outChannels fall', 'down.expand.outChannels', { 'layers.1.outChannels': [40, 48] }],
  ['inputBits per bit-width', 'layers: stem.inputBits.length', { 'layers.0.inputBits': [8, 8] }],
  ['inChannels fit the producer', 'head.inChannels[1]', { 'layers.7.inChannels': [20, 16] }],
  ['the image has 3 channels', 'stem.inChannels[0]', { 'layers.0.inChannels': [4, 4] }],
  ['the image has 8 bits', 'layers: stem.inputBits', { 'layers.0.inputBits': [8, 8, 4] }],
  ['the image has no sign', 'layers: stem.inputBits', { 'layers.0.inputSigned': true }],
  [
    'only conv reads the image',
    'layers: stem.op',
    { 'layers.0.op': 'depthwise', 'layers.0.outChannels': [3, 3] },
  ],

  [
    'depthwise keeps channels',
    'down.depthwise.outChannels[0]',
    { 'layers.2.outChannels': [48, 24] },
  ],
  ['pooling keeps channels', 'layers: pool.outChannels[0]', { 'layers.8.outChannels': [40, 40] }],
  [
    'max pooling keeps channels',
    'down.depthwise.outChannels[0]',
    { 'layers.2.op': 'maxPool', 'layers.2.outChannels': [48, 24] },
  ],
  ['kernels are up to 16 high', 'layers: stem.kernel', { 'layers.0.kernel': [17, 3] }],
  ['kernels are up to 16 wide', 'layers: stem.kernel', { 'layers.0.kernel': [3, 17] }],
  ['pooling has no kernel', 'layers: pool.kernel', { 'layers.8.kernel': [2, 1] }],
  ['pooling has no stride', 'layers: pool.stride', { 'layers.8.stride': 2 }],
  ['a classifier has no kernel', 'layers: classifier.kernel', { 'layers.9.kernel': [1, 3] }],
  ['a classifier has no padding', 'classifier.padding', { 'layers.9.padding': [0, 0, 0, 1] }],
  ['padding is less than the kernel', 'stem.padding', { 'layers.0.padding': [3, 0, 0, 0] }],
  ['on the right, too', 'layers: stem.padding', { 'layers.0.padding': [0, 0, 0, 3] }],
  ['a 1 x 1 kernel has no padding', 'head.padding', { 'layers.7.padding': [0, 1, 0, 0] }],
  ['the last layer classifies', 'layers: classifier.op', { 'layers.9.op': 'conv' }],
  ['there is an output per class', 'classifier.outChannels', { classes: ['ant', 'bee'] }],

  ['convolutions have weights', 'layers: head.weights', { 'layers.7.weights': undefined }],
  [
    'pooling has no weights',
    'layers: pool.weights',
    { 'layers.8.weights': { pack: 'shared', bits: 8, offset: 0 } },
  ],
  ['max pooling has no weights', 'down.depthwise.weights', { 'layers.2.op': 'maxPool' }],
  ['weights have bits per bit-width', 'head.weights.bits.length', { 'layers.7.weights.bits': [8] }],
  [
    'weights have an offset per bit-width',
    'head.weights.offsets.length',
    { 'layers.7.weights.offsets': [0, 0] },
  ],
  [
    'weights lie on 8 bytes',
    'on 8 bytes',
    {
      'packs.shared.sizeBytes': original.packs.shared.sizeBytes + 64,
      'layers.9.weights.offset': classifierWeights.offset + 4,
    },
  ],
  [
    'weights begin inside their pack',
    'layers: head.weights',
    { 'layers.7.weights.offsets.1': 2 ** 31 - 8 },
  ],
  [
    'weights end inside their pack',
    'layers: head.weights',
    { 'layers.7.weights.offsets.0': headWeights.offsets[0]! + 8 },
  ],
  [
    'shared weights end inside their pack',
    'layers: classifier.weights',
    { 'packs.shared.sizeBytes': original.packs.shared.sizeBytes - 1 },
  ],
  [
    'weights of more bits end inside their pack',
    'layers: head.weights',
    { 'layers.7.weights.bits': [8, 8, 8] },
  ],
  [
    'weights do not overlap',
    'weights',
    { 'layers.7.weights.offsets.0': headWeights.offsets[0]! - 32 },
  ],
  ['no two layers have the same weights', 'weights', { 'layers.9.weights.offset': 0 }],

  ['no file is the manifest', 'file', { 'packs.shared.file': 'model.json' }],
  ['a file has one size', `file: ${pack8.file}`, { 'packs.shared.file': pack8.file }],
  [
    'a file has one hash',
    `file: ${table.file}`,
    { 'subnets.1.table': { ...table, sha256: '0'.repeat(64) } },
  ],

  ['subnets differ', 'subnets', { 'subnets.1.bits': 8 }],
  ['a subnet has a width of the model', 'subnets: width', { 'subnets.0.width': 0.75 }],
  ['a subnet has a resolution of it', 'subnets: resolution', { 'subnets.0.resolution': 64 }],
  [
    'a subnet has a bit-width of it',
    'subnets: bits',
    {
      bits: [8, 6],
      'packs.perBits': original.packs.perBits.slice(0, 2),
      ...Object.fromEntries(
        original.layers.flatMap(({ inputBits, weights }, i) => {
          const lists: [string, unknown][] = [[`layers.${i}.inputBits`, inputBits.slice(0, 2)]];
          if (weights?.pack === 'perBits') {
            lists.push(
              [`layers.${i}.weights.bits`, weights.bits.slice(0, 2)],
              [`layers.${i}.weights.offsets`, weights.offsets.slice(0, 2)],
            );
          }
          return lists;
        }),
      ),
    },
  ],
  [
    'each bit-width has a subnet',
    'none of 6 bits',
    { subnets: original.subnets.filter(({ bits }) => bits !== 6) },
  ],
  ['a table has the size of its width', 'table.sizeBytes', { 'subnets.0.width': 0.5 }],
  ['a table has its size', 'table.sizeBytes', { 'subnets.0.table.sizeBytes': table.sizeBytes + 4 }],
];

describe('validateManifest', () => {
  test.each(cases)('%s: %s', (_, field, edits) => {
    const act = () => validate(edits);
    expect(act).toThrow(RtfqError);
    expect(act).toThrow(field);
    expect(act).toThrow(expect.objectContaining({ code: 'MODEL_FORMAT' }));
  });

  test.each([
    '../weights.bin',
    '/etc/passwd',
    'a/b.bin',
    'a\\b.bin',
    'https://elsewhere.example/w.bin',
    '//elsewhere.example',
    'data:,x',
    'w.bin?x',
    'w.bin#x',
    '%2e%2e%2fw.bin',
    '.hidden',
    '..',
    '',
    'w\u0000.bin',
    'w.bin\n',
    'ẁ.bin',
    'x'.repeat(101),
  ])('refuses the file name %j', (file) => {
    for (const path of ['packs.shared.file', 'packs.perBits.1.file', 'subnets.2.table.file']) {
      expect(() => validate({ [path]: file })).toThrow(`model.json: ${path}`);
    }
  });

  test('lets subnets share a table, and weights leave gaps', () => {
    validate({ 'subnets.1.table': table });
    validate({ 'packs.shared.sizeBytes': original.packs.shared.sizeBytes + 1024 });
  });

  test('takes sizes for numbers and not for 32 bits', () => {
    // 2^20 x 2^20 x 16 x 16 weights: any product of fewer bits would wrap around to 0.
    const huge = { 'layers.7.kernel': [16, 16], 'layers.7.outChannels': [2 ** 20, 2 ** 20] };
    const fitted = {
      'layers.8.inChannels': [2 ** 20, 2 ** 20],
      'layers.8.outChannels': [2 ** 20, 2 ** 20],
    };
    const read = { 'layers.9.inChannels': [2 ** 20, 2 ** 20] };
    expect(() => validate({ ...huge, ...fitted, ...read })).toThrow('layers: head.weights');
  });
});
