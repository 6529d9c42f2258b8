import { describe, expect, test } from 'vitest';
import { fromCells, weightLayout } from '../../../src/model/layout.ts';
import { locateWeights, openModel, readLayerWeights } from '../../../src/model/reader.ts';
import type { LayerTable } from '../../../src/model/table.ts';
import { type IntegerWeights, type ModelContents, writeModel } from '../../../src/model/writer.ts';
import { type BitWidth, bitWidths, weightRange } from '../../../src/quant/bits.ts';
import { type Random, seededRandom } from '../../support/random.ts';
import { readFrom } from '../../support/randomModel.ts';

const plain = { kernel: [1, 1], stride: 1, padding: [0, 0, 0, 0] } as const;
const eightBits = { inputBits: [8, 8, 8], inputSigned: false } as const;

/** Kernels of 1 to 3 by 3, channel counts around cells, two widths. */
const layers: ModelContents['layers'] = [
  {
    ...plain,
    ...eightBits,
    name: 'stem',
    op: 'conv',
    input: 'image',
    kernel: [3, 2],
    inChannels: [3, 3],
    outChannels: [9, 9],
    activation: 'relu',
  },
  {
    ...plain,
    name: 'expand',
    op: 'conv',
    input: 'stem',
    inputBits: [8, 6, 4],
    inputSigned: false,
    inChannels: [9, 9],
    outChannels: [33, 16],
    activation: 'relu6',
  },
  {
    ...plain,
    name: 'depthwise',
    op: 'depthwise',
    input: 'expand',
    inputBits: [8, 6, 4],
    inputSigned: false,
    kernel: [3, 3],
    inChannels: [33, 16],
    outChannels: [33, 16],
    activation: 'relu6',
  },
  {
    ...plain,
    ...eightBits,
    name: 'pool',
    op: 'averagePool',
    input: 'depthwise',
    inChannels: [33, 16],
    outChannels: [33, 16],
    activation: 'none',
  },
  {
    ...plain,
    ...eightBits,
    name: 'classifier',
    op: 'fullyConnected',
    input: 'pool',
    inChannels: [33, 16],
    outChannels: [2, 2],
    activation: 'none',
  },
];

const counts = { stem: 9 * 6 * 3, expand: 33 * 9, depthwise: 33 * 9, classifier: 2 * 33 };

function randomWeights(count: number, bits: BitWidth, random: Random) {
  const { min, max } = weightRange(bits);
  const weightsOhwi = Int8Array.from({ length: count }, () => {
    return min + Math.floor(random() * (max - min + 1));
  });
  return { bits, weightsOhwi };
}

function exampleWeights(seed: number): Map<string, IntegerWeights> {
  const random = seededRandom(seed);
  const perBits = (count: number) => bitWidths.map((bits) => randomWeights(count, bits, random));
  return new Map<string, IntegerWeights>([
    ['stem', randomWeights(counts.stem, 8, random)],
    ['expand', perBits(counts.expand)],
    ['depthwise', perBits(counts.depthwise)],
    ['classifier', randomWeights(counts.classifier, 6, random)],
  ]);
}

function exampleTables(widthIndex: number, inputStep: number): readonly LayerTable[] {
  return layers.map(({ outChannels }, i) => ({
    inputStep: Math.fround(inputStep),
    multiplier: Float32Array.from({ length: outChannels[widthIndex]! }, (_, c) => 0.1 * (c - i)),
    bias: Float32Array.from({ length: outChannels[widthIndex]! }, (_, c) => i - 0.3 * c),
  }));
}

function exampleContents(seed = 1): ModelContents {
  const cost = { macs: 1, bitOps: 64, weightBytes: 1 };
  return {
    name: 'written',
    topology: 'example',
    classes: ['yes', 'no'],
    input: { zeroPoint: [1, 2, 3], cropFraction: 1 },
    widths: [1, 0.5],
    resolutions: [16, 8],
    bits: bitWidths,
    layers,
    weights: exampleWeights(seed),
    subnets: [1, 0.5].flatMap((width, widthIndex) =>
      bitWidths.map((bits) => ({
        width,
        resolution: 16,
        bits,
        cost,
        // The same at 6 and 4 bits.
        tables: exampleTables(widthIndex, bits === 8 ? 0.1 : 0.2),
      })),
    ),
    provenance: { generator: 'a test', command: '', sources: [] },
  };
}

describe('writeModel', () => {
  test('writes what openModel reads: every weight and every table', async () => {
    const contents = exampleContents();
    const model = await openModel(readFrom(await writeModel(contents)));
    for (const layer of model.manifest.layers) {
      const written = contents.weights.get(layer.name);
      if (written === undefined) continue;
      for (const [i, bits] of bitWidths.entries()) {
        const location = locateWeights(model.manifest, layer, bits);
        const cells = readLayerWeights(await model.readPack(location.pack), layer, location);
        const expected = 'weightsOhwi' in written ? written : written[i]!;
        expect(location.bits).toBe(expected.bits);
        expect(fromCells(cells, weightLayout(layer))).toEqual(expected.weightsOhwi);
      }
    }
    for (const [i, entry] of model.manifest.subnets.entries()) {
      expect(await model.readTable(entry)).toEqual(contents.subnets[i]!.tables);
    }
  });

  test('reads the weights of a narrower width as a prefix in both directions', async () => {
    const contents = exampleContents();
    const model = await openModel(readFrom(await writeModel(contents)));
    const layer = model.manifest.layers[1]!;
    const location = locateWeights(model.manifest, layer, 6);
    const cells = readLayerWeights(await model.readPack(6), layer, location);
    const narrow = fromCells(cells, weightLayout(layer), 16, 5);
    const full = (contents.weights.get('expand') as readonly { weightsOhwi: Int8Array }[])[1]!
      .weightsOhwi;
    const expected = Array.from(narrow, (_, at) => full[Math.floor(at / 5) * 9 + (at % 5)]);
    expect([...narrow]).toEqual(expected);
  });

  test('writes packs in the proportion 8 to 6 to 4, exactly b bits a weight of a cell', async () => {
    const files = await writeModel(exampleContents());
    const sizes = bitWidths.map((bits) => files.get(`weights-${bits}.bin`)!.length);
    // expand: 5 groups of 8 outputs x 3 groups of 4 inputs; depthwise: 2 groups of 32 x 9 taps.
    const cells = 15 + 18;
    expect(sizes).toEqual([cells * 32, cells * 24, cells * 16]);
    expect(sizes[1]! / sizes[0]!).toBe(3 / 4);
    expect(sizes[2]! / sizes[0]!).toBe(1 / 2);
  });

  test('stores equal tables once', async () => {
    const files = await writeModel(exampleContents());
    expect([...files.keys()].filter((file) => file.startsWith('table'))).toEqual([
      'table-1-16-8.bin',
      'table-1-16-6.bin',
      'table-0.5-16-8.bin',
      'table-0.5-16-6.bin',
    ]);
    const { manifest } = await openModel(readFrom(files));
    expect(manifest.subnets[2]!.table).toEqual(manifest.subnets[1]!.table);
    expect(manifest.subnets[5]!.table).toEqual(manifest.subnets[4]!.table);
  });

  test('writes the same files for the same contents and others for others', async () => {
    const files = await writeModel(exampleContents());
    expect(await writeModel(exampleContents())).toEqual(files);
    expect(await writeModel(exampleContents(2))).not.toEqual(files);
  });

  const withWeights = (name: string, weights: IntegerWeights): ModelContents => ({
    ...exampleContents(),
    weights: new Map([...exampleWeights(1), [name, weights]]),
  });
  const withTable = (change: Partial<LayerTable>): ModelContents => {
    const contents = exampleContents();
    const [first, ...others] = contents.subnets;
    const tables = first!.tables.with(2, { ...first!.tables[2]!, ...change });
    return { ...contents, subnets: [{ ...first!, tables }, ...others] };
  };
  const one = { bits: 8, weightsOhwi: new Int8Array(1) } as const;

  test.each<[string, string, () => ModelContents]>([
    ['too few weights', 'expected 297', () => withWeights('expand', one)],
    ['fewer bit-widths than it has', 'weights: expand.length', () => withWeights('expand', [])],
    [
      'more bit-widths than it has',
      'weights: expand.length',
      () =>
        withWeights(
          'expand',
          [8, 6, 4, 4].map((bits) => randomWeights(297, bits as BitWidth, seededRandom(1))),
        ),
    ],
    ['weights of no layer', 'got tail', () => withWeights('tail', one)],
    [
      'a layer without weights',
      'layers: stem.weights',
      () => ({ ...exampleContents(), weights: new Map() }),
    ],
    [
      'a multiplier too few',
      'depthwise.multiplier',
      () => withTable({ multiplier: new Float32Array(32) }),
    ],
    ['a bias too many', 'depthwise.bias', () => withTable({ bias: new Float32Array(34) })],
    ['a step of zero', 'depthwise', () => withTable({ inputStep: 0 })],
    ['a step that is not a number', 'depthwise', () => withTable({ inputStep: Number.NaN })],
    [
      'an infinite bias',
      'depthwise',
      () => withTable({ bias: new Float32Array(33).fill(Number.POSITIVE_INFINITY) }),
    ],
    [
      'a width that is none of the model’s',
      'subnets: width',
      () => {
        const contents = exampleContents();
        return { ...contents, subnets: [{ ...contents.subnets[0]!, width: 0.25 }] };
      },
    ],
    ['a name that is too long', 'name', () => ({ ...exampleContents(), name: 'x'.repeat(201) })],
    ['no subnets', 'subnets', () => ({ ...exampleContents(), subnets: [] })],
    [
      'a cost that is not a number',
      'cost.macs',
      () => {
        const contents = exampleContents();
        const cost = { ...contents.subnets[0]!.cost, macs: Number.NaN };
        return { ...contents, subnets: [{ ...contents.subnets[0]!, cost }] };
      },
    ],
  ])('refuses %s', async (_, message, contents) => {
    const writing = writeModel(contents());
    await expect(writing).rejects.toThrow(message);
    await expect(writing).rejects.toMatchObject({ code: 'MODEL_FORMAT' });
  });

  test('refuses weights that do not fit their bits', async () => {
    const weightsOhwi = new Int8Array(297).fill(32);
    const writing = writeModel(withWeights('expand', { bits: 6, weightsOhwi }));
    await expect(writing).rejects.toThrow('does not fit');
  });
});
