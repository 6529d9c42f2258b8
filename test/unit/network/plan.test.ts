import { describe, expect, test } from 'vitest';
import type { Layer, Manifest } from '../../../src/model/manifest.ts';
import type { LayerTable } from '../../../src/model/table.ts';
import {
  buildPlan,
  integerRange,
  outputsOf,
  type Plan,
  type PlanStep,
} from '../../../src/network/plan.ts';
import { openTinyModel } from '../../support/tinyModel.ts';

const plainLayer = {
  op: 'conv',
  kernel: [1, 1],
  stride: 1,
  padding: [0, 0, 0, 0],
  activation: 'none',
  inputBits: [8],
  inputSigned: false,
  weights: { pack: 'shared', bits: 8, offset: 0 },
} as const;

interface PlannedLayer extends Partial<Layer> {
  readonly name: string;
  readonly input: string;
  readonly channels: readonly [input: number, output: number];
  readonly inputStep?: number;
}

/** A plan of these layers at 8 bits, full width and 16 pixels, followed by a pool and a classifier. */
function planOf(layers: readonly PlannedLayer[], resolution = 16): Plan {
  const last = layers.at(-1)!;
  const channels = last.channels[1];
  const { weights: _, ...pool } = plainLayer;
  const all = [
    ...layers.map(({ channels: [input, output], inputStep: __, ...layer }): Layer => {
      return { ...plainLayer, inChannels: [input], outChannels: [output], ...layer };
    }),
    {
      ...pool,
      name: 'pool',
      op: 'averagePool',
      input: last.name,
      inChannels: [channels],
      outChannels: [channels],
    },
    {
      ...plainLayer,
      name: 'classifier',
      op: 'fullyConnected',
      input: 'pool',
      inChannels: [channels],
      outChannels: [2],
    },
  ] satisfies Layer[];
  const steps = [...layers.map(({ inputStep = 0.5 }) => inputStep), 0.5, 0.5];
  const tables = all.map(({ outChannels }, i): LayerTable => {
    const values = new Float32Array(outChannels[0]!);
    return { inputStep: steps[i]!, multiplier: values, bias: values };
  });
  const manifest = {
    widths: [1],
    resolutions: [resolution],
    bits: [8],
    input: { zeroPoint: [1, 2, 3], cropFraction: 0.5 },
    layers: all,
  } satisfies Partial<Manifest>;
  return buildPlan(manifest as unknown as Manifest, { width: 1, resolution, bits: 8 }, tables);
}

const stem = { name: 'stem', input: 'image', channels: [3, 4] } as const;

/** Steps in words: what is read and what is written. */
function story(plan: Plan): readonly string[] {
  const describeTensor = (id: number | null) => {
    if (id === null) return '';
    const { name, values } = plan.tensors[id]!;
    return `${name}:${values.kind === 'float' ? 'float' : 'int'}${id}`;
  };
  return plan.steps.map((step) => {
    const residual = step.kind === 'layer' ? step.residual : null;
    const read = [step.input, residual].filter((id) => id !== null).map(describeTensor);
    return `${read.join(' + ')} -> ${outputsOf(step).map(describeTensor).join(' & ')}`;
  });
}

function readBy(step: PlanStep): readonly number[] {
  return step.kind === 'layer' && step.residual !== null
    ? [step.input, step.residual]
    : [step.input];
}

describe('the plan of a chain', () => {
  const plan = planOf([
    { ...stem, activation: 'relu6', kernel: [3, 3], stride: 2, padding: [0, 0, 1, 1] },
    { name: 'body', input: 'stem', channels: [4, 6], activation: 'relu', inputStep: 0.25 },
  ]);

  test('keeps integers between layers and f32 only for the logits', () => {
    expect(story(plan)).toEqual([
      'image:int0 -> stem:int1',
      'stem:int1 -> body:int2',
      'body:int2 -> pool:int3',
      'pool:int3 -> classifier:float4',
    ]);
    expect(plan.logits).toBe(4);
  });

  test('begins with the image: unsigned bytes of the subnet’s resolution', () => {
    expect(plan.image).toBe(0);
    expect(plan.tensors[0]).toMatchObject({
      name: 'image',
      height: 16,
      width: 16,
      channels: 3,
      firstStep: 0,
      lastStep: 0,
    });
    expect(integerRange(plan, plan.image)).toEqual({ min: 0, max: 255 });
    expect(plan.imageZeroPoint).toEqual([1, 2, 3]);
    expect(plan.cropFraction).toBe(0.5);
  });

  test('gives tensors the sizes of their layers', () => {
    const sizes = plan.tensors.map(({ height, width, channels }) => [height, width, channels]);
    expect(sizes).toEqual([
      [16, 16, 3],
      [8, 8, 4],
      [8, 8, 6],
      [1, 1, 6],
      [1, 1, 2],
    ]);
  });

  test('quantizes with the inverse step of the reader, and clamps by the writer’s activation', () => {
    const [first, second, third, last] = plan.steps;
    expect(first).toMatchObject({ clampMin: 0, clampMax: 6, inverseStep: 4, weightBits: 8 });
    expect(second).toMatchObject({
      clampMin: 0,
      clampMax: Number.POSITIVE_INFINITY,
      inverseStep: 2,
    });
    expect(third).toMatchObject({ clampMin: Number.NEGATIVE_INFINITY, weightBits: null });
    expect(last).toMatchObject({ integerOutput: null, inverseStep: 0, floatOutput: 4 });
  });

  test('has no range of a float tensor', () => {
    expect(() => integerRange(plan, plan.logits)).toThrow('not integer');
  });
});

describe('the plan of a tensor with several readers', () => {
  const fork = (left: Partial<PlannedLayer>, right: Partial<PlannedLayer>) =>
    planOf([
      { ...stem, activation: 'relu' },
      { name: 'left', input: 'stem', channels: [4, 4], ...left },
      { name: 'right', input: 'stem', channels: [4, 4], residual: 'left', ...right },
    ]);

  test('quantizes once where they read it in the same way', () => {
    expect(story(fork({}, {})).slice(0, 3)).toEqual([
      'image:int0 -> stem:int1',
      'stem:int1 -> left:float2',
      'stem:int1 + left:float2 -> right:int3',
    ]);
  });

  test.each<[string, Partial<PlannedLayer>]>([
    ['step', { inputStep: 0.125 }],
    ['bits', { inputBits: [4] }],
    ['sign', { inputSigned: true }],
  ])('keeps it in f32 and quantizes once more where they differ in %s', (_, right) => {
    const plan = fork({}, right);
    expect(story(plan).slice(0, 4)).toEqual([
      'image:int0 -> stem:float1 & stem:int2',
      'stem:float1 -> stem:int3',
      'stem:int2 -> left:float4',
      'stem:int3 + left:float4 -> right:int5',
    ]);
    expect(plan.steps[1]).toMatchObject({ inverseStep: right.inputStep === undefined ? 2 : 8 });
    expect(plan.tensors[1]).toMatchObject({ firstStep: 0, lastStep: 1 });
    expect(plan.tensors[2]).toMatchObject({ firstStep: 0, lastStep: 2 });
    expect(plan.tensors[3]).toMatchObject({ firstStep: 1, lastStep: 3 });
  });

  test('keeps a residual in f32 until it is added, beside the integers of the next layer', () => {
    const plan = planOf([
      stem,
      { name: 'a', input: 'stem', channels: [4, 8], inputSigned: true },
      { name: 'b', input: 'a', channels: [8, 8], inputSigned: true },
      { name: 'c', input: 'b', channels: [8, 4], residual: 'stem', inputSigned: true },
    ]);
    expect(story(plan).slice(0, 4)).toEqual([
      'image:int0 -> stem:float1 & stem:int2',
      'stem:int2 -> a:int3',
      'a:int3 -> b:int4',
      'b:int4 + stem:float1 -> c:int5',
    ]);
    expect(plan.tensors[1]).toMatchObject({ firstStep: 0, lastStep: 3 });
    expect(integerRange(plan, 2)).toEqual({ min: -128, max: 127 });
  });

  test('lets several layers read the image', () => {
    const plan = planOf([
      { ...stem, name: 'left' },
      { ...stem, name: 'right', residual: 'left' },
    ]);
    expect(story(plan).slice(0, 2)).toEqual([
      'image:int0 -> left:float1',
      'image:int0 + left:float1 -> right:int2',
    ]);
    expect(plan.tensors[0]).toMatchObject({ firstStep: 0, lastStep: 1 });
  });
});

describe('the plans of all subnets of the tiny model', async () => {
  const { manifest, readTable } = await openTinyModel();
  const plans = await Promise.all(
    manifest.subnets.map(async (entry) => buildPlan(manifest, entry, await readTable(entry))),
  );

  test('write every tensor once, keep it until its last reader and read nothing later', () => {
    for (const plan of plans) {
      const written = [plan.image, ...plan.steps.flatMap(outputsOf)];
      expect([...written].sort((a, b) => a - b)).toEqual([...plan.tensors.keys()]);
      plan.tensors.forEach(({ firstStep, lastStep }, id) => {
        const writer = plan.steps.findIndex((step) => outputsOf(step).includes(id));
        const lastReader = plan.steps.findLastIndex((step) => readBy(step).includes(id));
        expect(firstStep).toBe(Math.max(0, writer));
        expect(lastStep).toBe(Math.max(writer, lastReader));
        const firstReader = plan.steps.findIndex((step) => readBy(step).includes(id));
        if (firstReader >= 0) expect(firstReader).toBeGreaterThan(writer);
      });
    }
  });

  test('have channels of their width, positions of their resolution and bits of their bit-width', () => {
    for (const { subnet, steps, tensors } of plans) {
      const expand = steps.find(
        (step) => step.kind === 'layer' && step.layer.name === 'same.expand',
      );
      if (expand?.kind !== 'layer') throw new Error('no step for same.expand');
      const side = subnet.resolution / 4;
      expect(expand.weightBits).toBe(subnet.bits);
      expect(tensors[expand.integerOutput!]).toMatchObject({
        height: side,
        width: side,
        channels: subnet.width === 1 ? 64 : 32,
      });
    }
  });

  test('carry the subnet as a value, without the manifest’s entry', () => {
    plans.forEach(({ subnet }, i) => {
      const { width, resolution, bits } = manifest.subnets[i]!;
      expect(subnet).toEqual({ width, resolution, bits });
    });
  });
});

describe('a plan is refused', () => {
  const refused = (act: () => Plan, message: string) => {
    expect(act).toThrow(message);
    expect(act).toThrow(expect.objectContaining({ code: 'MODEL_FORMAT' }));
  };

  test('where a kernel does not fit its input', () => {
    const act = () =>
      planOf(
        [
          { ...stem, kernel: [3, 16] },
          { ...stem, name: 'x', kernel: [3, 3] },
        ],
        8,
      );
    refused(act, 'stem has no output; expected at least its kernel, 3 x 16; got an input of 8 x 8');
  });

  test('where a residual has another size', () => {
    const strided = { name: 'next', input: 'stem', channels: [4, 4], stride: 2 } as const;
    refused(
      () => planOf([stem, { ...strided, residual: 'stem' }]),
      'next: its residual has another size; expected 8 x 8; got 16 x 16',
    );
  });

  test('where a classifier reads more than one position', () => {
    refused(
      () =>
        planOf([stem, { name: 'early', op: 'fullyConnected', input: 'stem', channels: [4, 2] }]),
      'early reads more than one position',
    );
  });

  // 65,793 products of -128 and 255 are the most that 32 bits hold.
  test.each([
    [65_793, 8, true],
    [65_794, 8, false],
    [2 ** 20, 4, true],
  ] as const)(
    'where %d products of %d-bit numbers could overflow: fits %s',
    (channels, bits, fits) => {
      const act = () =>
        planOf(
          [
            { ...stem, channels: [3, channels] },
            {
              name: 'wide',
              input: 'stem',
              channels: [channels, 2],
              inputBits: [bits],
              weights: { pack: 'shared', bits, offset: 0 },
            },
          ],
          8,
        );
      if (fits) expect(act().steps).toHaveLength(4);
      else refused(act, 'wide: its accumulator could overflow');
    },
  );

  test('where the kernel makes the sum too long', () => {
    const wide = { name: 'wide', input: 'stem', channels: [4387, 2], kernel: [3, 5] } as const;
    refused(() => planOf([{ ...stem, channels: [3, 4387] }, wide]), 'wide: its accumulator');
    expect(
      planOf([
        { ...stem, channels: [3, 4386] },
        { ...wide, channels: [4386, 2] },
      ]).steps,
    ).toHaveLength(4);
  });

  test('where its activations would fill the memory, all together', () => {
    const chain = (count: number, channels: number) =>
      Array.from({ length: count }, (_, i): PlannedLayer => {
        const input = i === 0 ? 'image' : `layer ${i - 1}`;
        return { name: `layer ${i}`, input, channels: [i === 0 ? 3 : channels, channels] };
      });
    // 2048 x 2048 x 8 values for the image and for each layer: beside it three fit, but not four.
    expect(planOf(chain(2, 8), 2048).steps).toHaveLength(4);
    refused(() => planOf(chain(4, 8), 2048), 'layer 3: the activations are too large');
    // In memory a layer of one channel takes as much as one of eight.
    refused(() => planOf(chain(4, 1), 2048), 'layer 3: the activations are too large');
    refused(() => planOf([{ ...stem, channels: [3, 2 ** 20] }], 2048), 'stem: the activations');
  });
});
