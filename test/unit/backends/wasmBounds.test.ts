import binaryen from 'assemblyscript/binaryen';
import { describe, expect, test } from 'vitest';
import { mayRead, mayWrite } from '../../support/bounds/accessCheck.ts';
import { checkedBuilds, checkPlans } from '../../support/bounds/checkPlans.ts';
import { Permissions } from '../../support/bounds/permissions.ts';
import { traceAccesses } from '../../support/bounds/tracedModule.ts';
import { layerCases } from '../../support/layerCases.ts';
import { openRandomModel } from '../../support/randomModel.ts';
import { randomTopology } from '../../support/randomTopology.ts';
import { openTinyModel } from '../../support/tinyModel.ts';
import { openTinyResnet } from '../../support/tinyResnet.ts';

const seed = 5;

/** Runs some instructions on a pointer, with bytes 64 to 79 to read and 128 to 143 to write. */
function run(instructions: string, pointer: number): void {
  const text = `(module (import "env" "memory" (memory 1))
    (func (export "run") (param $p i32) ${instructions}))`;
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  const permissions = new Permissions();
  const memory = new WebAssembly.Memory({ initial: 1 });
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(traceAccesses(module.emitBinary())),
    { env: { memory }, trace: { read: permissions.read, write: permissions.write } },
  );
  const granted = [
    { range: { start: 64, end: 80 }, rights: mayRead },
    { range: { start: 128, end: 144 }, rights: mayWrite },
  ];
  permissions.during(granted, memory.buffer.byteLength, () =>
    (exports.run as (pointer: number) => void)(pointer),
  );
}

describe('the checker', () => {
  const load = '(drop (v128.load (local.get $p)))';
  const store = '(v128.store (local.get $p) (v128.const i32x4 0 0 0 0))';
  const nested = '(i32.store (i32.add (i32.const 128) (i32.load8_u (local.get $p))) (i32.const 1))';

  test('lets pass what is allowed, to the byte', () => {
    run(load, 64);
    run(store, 128);
    run(nested, 79);
    run('(drop (v128.load8x8_s offset=8 (local.get $p)))', 64);
    run('(drop (v128.load32_splat (local.get $p)))', 76);
    run('(v128.store64_lane offset=4 1 (local.get $p) (v128.const i32x4 0 0 0 0))', 132);
  });

  test.each([
    ['reads a byte before', load, 63],
    ['reads a byte after', load, 65],
    ['reads what is there to be written', load, 128],
    ['writes a byte after', store, 129],
    ['writes what is there to be read', store, 64],
    ['reads a byte after, inside of another access', nested, 80],
    ['reads after by its offset', '(drop (v128.load8x8_s offset=9 (local.get $p)))', 64],
    ['reads after by a part of a vector', '(drop (v128.load32_splat (local.get $p)))', 77],
    ['reads where there is no memory', load, 2 ** 31],
  ])('tells of code that %s', (_, instructions, pointer) => {
    expect(() => run(instructions, pointer)).toThrow(/(reads|writes) bytes/);
  });
});

describe.each(checkedBuilds)(
  'kernels of $build, $dot, touch nothing but what is theirs',
  (build) => {
    test('in the tiny models', async () => {
      for (const model of [await openTinyModel(), await openTinyResnet('basic', 'all', seed)]) {
        // Each bit-width, at the full and at the smaller width and resolution.
        const { subnets } = model.manifest;
        const spread = [...subnets.slice(0, 3), ...subnets.slice(-3)];
        const checked = await checkPlans(model, build, spread);
        expect(checked.accesses).toBeGreaterThan(10_000 * checked.plans);
      }
    });

    test(`in layers of boundary shapes, seed ${seed}`, async () => {
      for (const { name, model } of layerCases(8, seed)) {
        const { manifest, ...rest } = await openRandomModel(model);
        const [largest] = manifest.subnets;
        const checking = checkPlans({ manifest, ...rest }, build, [largest!]);
        await expect(checking, name).resolves.toMatchObject({ plans: 1 });
      }
    });

    test(`in random topologies, seed ${seed}`, async () => {
      for (let i = 0; i < 8; i++) {
        const model = await openRandomModel({
          topology: randomTopology(seed + i, 23, 3),
          classes: ['ant', 'bee', 'cat'],
          widths: [1],
          resolutions: [23],
          bits: [[8], [6], [4]][i % 3] as [8],
          seed: seed + i,
        });
        await expect(checkPlans(model, build), `seed ${seed + i}`).resolves.toMatchObject({
          plans: 1,
        });
      }
    });
  },
);
