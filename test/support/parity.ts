import type { Backend } from '../../src/backends/backend.ts';
import { openReferenceBackend } from '../../src/backends/reference/backend.ts';
import type { RgbaFrame } from '../../src/kernels/resize/contract.ts';
import type { SubnetEntry } from '../../src/model/manifest.ts';
import type { Model } from '../../src/model/reader.ts';
import { buildPlan } from '../../src/network/plan.ts';
import { seededRandom } from './random.ts';

/** Random pixels with some structure, so that neighbours differ and no value range is left out. */
export function randomFrame(width: number, height: number, seed: number): RgbaFrame {
  const random = seededRandom(seed);
  const data = new Uint8Array(width * height * 4);
  for (let i = 0; i < data.length; i++) {
    const wave = 127 + 100 * Math.sin(i / (7 + (seed % 5)));
    data[i] = Math.min(255, Math.max(0, wave + 120 * (random() - 0.5)));
  }
  return { data, width, height };
}

/** A tensor in which a backend differs from the reference: where, and the first values that differ. */
export interface Difference {
  readonly tensor: string;
  readonly at: number;
  readonly got: number;
  readonly expected: number;
}

/**
 * Runs a subnet on both backends and compares every tensor of every step, bit by bit.
 * @returns the first difference; null where there is none
 */
export async function compareWithReference(
  backend: Backend,
  model: Model,
  entry: SubnetEntry,
  frame: RgbaFrame,
): Promise<Difference | null> {
  const reference = openReferenceBackend();
  const plan = buildPlan(model.manifest, entry, await model.readTable(entry));
  for (const id of ['shared', entry.bits] as const) {
    const pack = await model.readPack(id);
    backend.loadPack(model.manifest, pack);
    reference.loadPack(model.manifest, pack);
  }
  const expected = new Map<number, Float32Array | Int16Array>();
  reference.compile(plan).run(frame, (tensor, values) => expected.set(tensor, values.slice()));
  const program = backend.compile(plan);
  let difference: Difference | null = null;
  let compared = 0;
  program.run(frame, (tensor, values) => {
    compared++;
    difference ??= firstDifference(plan.tensors[tensor]!.name, values, expected.get(tensor)!);
  });
  program.dispose();
  if (compared !== plan.tensors.length) throw new Error(`compared ${compared} tensors only`);
  return difference;
}

function firstDifference(
  tensor: string,
  got: Float32Array | Int16Array,
  expected: Float32Array | Int16Array,
): Difference | null {
  if (got.length !== expected.length) throw new Error(`${tensor}: ${got.length} values`);
  for (let at = 0; at < got.length; at++) {
    if (!Object.is(got[at], expected[at])) {
      return { tensor, at, got: got[at]!, expected: expected[at]! };
    }
  }
  return null;
}
