import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { openReferenceBackend } from '../../../src/backends/reference/backend.ts';
import { finishAccumulators } from '../../../src/kernels/epilogue/reference.ts';
import { fromCells, weightIndex, weightLayout } from '../../../src/model/layout.ts';
import type { Layer, Manifest } from '../../../src/model/manifest.ts';
import { locateWeights, openModel, readLayerWeights } from '../../../src/model/reader.ts';
import type { LayerTable } from '../../../src/model/table.ts';
import { type IntegerWeights, writeModel } from '../../../src/model/writer.ts';
import { buildPlan } from '../../../src/network/plan.ts';
import { formatSubnet } from '../../../src/network/subnet.ts';
import { bitWidths } from '../../../src/quant/bits.ts';

const markdown = readFileSync(join(import.meta.dirname, '../../../src/model/SPEC.md'), 'utf8');

/** The fenced blocks by the name after their language. */
const blocks = new Map(
  [...markdown.matchAll(/^```\w+ (\S+)\n([\s\S]*?)^```$/gm)].map((match) => [match[1]!, match[2]!]),
);

/** The rows of the table whose header begins like this, as cells of text. */
function rowsOf(header: string): readonly (readonly string[])[] {
  const lines = markdown.split('\n');
  const begin = lines.findIndex((line) => line.startsWith(header));
  if (begin < 0) throw new Error(`SPEC.md has no table ${header}`);
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  return lines.slice(begin + 2, begin + length).map((line) =>
    line
      .slice(1, -1)
      .split('|')
      .map((cell) => cell.trim()),
  );
}

/** A file of the example as bytes. */
function fileOf(name: string): Uint8Array<ArrayBuffer> {
  const block = blocks.get(name);
  if (block === undefined) throw new Error(`SPEC.md has no file ${name}`);
  if (name.endsWith('.json')) return new TextEncoder().encode(block);
  return Uint8Array.from(block.trim().split(/\s+/), (byte) => Number.parseInt(byte, 16));
}

const openExample = () => openModel(async (file) => fileOf(file));

type Weights = Readonly<Record<string, readonly (readonly number[])[]>>;
const weights: Weights = JSON.parse(blocks.get('weights.json')!);

type Tables = Readonly<
  Record<string, { inputStep: number; multiplier: readonly number[]; bias: readonly number[] }>
>;
const tables = Object.values(JSON.parse(blocks.get('table.json')!) as Tables).map(
  ({ inputStep, multiplier, bias }): LayerTable => ({
    inputStep,
    multiplier: Float32Array.from(multiplier),
    bias: Float32Array.from(bias),
  }),
);

describe('the example of SPEC.md', () => {
  test('is a model that can be opened, file by file', async () => {
    const model = await openExample();
    const { classes, bits, subnets } = model.manifest;
    expect(classes).toEqual(['cat', 'dog']);
    for (const id of ['shared', ...bits] as const) await model.readPack(id);
    for (const subnet of subnets) expect(await model.readTable(subnet)).toEqual(tables);
  });

  test('holds the weights that it says, at 8, 6 and 4 bits', async () => {
    const model = await openExample();
    for (const bits of bitWidths) {
      for (const layer of model.manifest.layers.filter((each) => each.weights)) {
        const location = locateWeights(model.manifest, layer, bits);
        const cells = readLayerWeights(await model.readPack(location.pack), layer, location);
        expect([...fromCells(cells, weightLayout(layer))]).toEqual(weights[layer.name]!.flat());
      }
    }
  });

  test('is byte for byte what the writer makes of its weights and numbers', async () => {
    const { manifest } = await openExample();
    const files = await writeModel({
      ...described(manifest),
      weights: integerWeights(manifest),
      subnets: manifest.subnets.map(({ table: _, ...subnet }) => ({ ...subnet, tables })),
    });
    const names = [...blocks.keys()].filter((name) => files.has(name));
    expect(new Set(names)).toEqual(new Set(files.keys()));
    for (const [name, bytes] of files) {
      if (name.endsWith('.bin')) expect(bytes).toEqual(fileOf(name));
    }
    const written = new TextDecoder().decode(files.get('model.json'));
    expect(JSON.parse(written)).toEqual(JSON.parse(blocks.get('model.json')!));
  });

  test('has packs in the proportion 8 to 6 to 4', () => {
    const sizes = bitWidths.map((bits) => fileOf(`weights-${bits}.bin`).length);
    expect(sizes).toEqual([64, 48, 32]);
  });

  test('has the checksum that another implementation of CRC-32 gives', () => {
    const json = blocks.get('model.json')!;
    const { crc32: written } = JSON.parse(json);
    const text = json.replace(written, '00000000').replaceAll(/\s/g, (white) => {
      return white.charCodeAt(0) <= 0x20 ? '' : white;
    });
    expect(crc32(text).toString(16).padStart(8, '0')).toBe(written);
  });

  test('computes the logits that it says', async () => {
    const model = await openExample();
    const data = new Uint8Array(4 * 10 * 10);
    for (let pixel = 0; pixel < 100; pixel++) data.set([130, 100, 110, 255], 4 * pixel);
    const rows = rowsOf('| subnet | cat | dog |');
    expect(rows).toHaveLength(model.manifest.subnets.length);
    for (const [i, subnet] of model.manifest.subnets.entries()) {
      const backend = openReferenceBackend();
      for (const id of ['shared', subnet.bits] as const) {
        backend.loadPack(model.manifest, await model.readPack(id));
      }
      const plan = buildPlan(model.manifest, subnet, await model.readTable(subnet));
      const program = await backend.compile(plan);
      const logits = await program.run({ data, width: 10, height: 10 });
      expect([formatSubnet(subnet), ...logits].map(String)).toEqual(rows[i]);
    }
  });
});

describe('the tables of SPEC.md', () => {
  const indices = rowsOf('| op | I | O | kernel |');

  test('have rows', () => expect(indices.length).toBeGreaterThan(5));

  test.each(indices)('%s of %s inputs, %s outputs, %s: weight %s, %s, %s at %s', (...row) => {
    const [op, inputs, outputs, kernel, o, tap, i, index] = row;
    const layout = weightLayout({
      op: op as Layer['op'],
      kernel: kernel!.split('x').map(Number) as [number, number],
      inChannels: [Number(inputs)],
      outChannels: [Number(outputs)],
    });
    expect(weightIndex(layout, Number(o), Number(tap), Number(i))).toBe(Number(index));
  });

  test.each(rowsOf('| m | acc | beta |'))(
    'm %s, acc %s, beta %s, residual %s, %s, inverse step %s, range %s: y %s, q %s',
    (m, acc, beta, residual, activation, inverseStep, range, y, q) => {
      const [min, max] = range!.split('..').map(Number);
      const floatOutput = new Float32Array(1);
      const values = new Int16Array(1);
      finishAccumulators(Int32Array.of(Number(acc)), {
        multiplier: Float32Array.of(Number(m)),
        bias: Float32Array.of(Number(beta)),
        residual: residual === '' ? null : Float32Array.of(Number(residual)),
        clampMin: activation === 'none' ? Number.NEGATIVE_INFINITY : 0,
        clampMax: activation === 'relu6' ? 6 : Number.POSITIVE_INFINITY,
        floatOutput,
        integerOutput: {
          values,
          inverseStep: Number(inverseStep),
          range: { min: min!, max: max! },
        },
      });
      expect([floatOutput[0], values[0]]).toEqual([Number(y), Number(q)]);
    },
  );
});

/** What the writer is told of a model besides weights and tables. */
function described({ format, version, packs, subnets, layers, ...rest }: Manifest) {
  return { ...rest, layers: layers.map(({ weights: _, ...layer }) => layer) };
}

function integerWeights(manifest: Manifest): ReadonlyMap<string, IntegerWeights> {
  const found = new Map<string, IntegerWeights>();
  for (const { name, weights: place } of manifest.layers) {
    if (place === undefined) continue;
    const weightsOhwi = Int8Array.from(weights[name]!.flat());
    found.set(
      name,
      place.pack === 'shared'
        ? { bits: place.bits, weightsOhwi }
        : place.bits.map((bits) => ({ bits, weightsOhwi })),
    );
  }
  return found;
}
