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

/** Every tensor that a subnet computes for a frame on a backend, by its index in the plan. */
export async function runTraced(
  backend: Backend,
  model: Model,
  entry: SubnetEntry,
  frame: RgbaFrame,
): Promise<readonly TracedTensor[]> {
  const plan = buildPlan(model.manifest, entry, await model.readTable(entry));
  for (const id of ['shared', entry.bits] as const) {
    backend.loadPack(model.manifest, await model.readPack(id));
  }
  const program = await backend.compile(plan);
  const traced: TracedTensor[] = [];
  await program.run(frame, (tensor, values) => {
    traced[tensor] = { name: plan.tensors[tensor]!.name, values: values.slice() };
  });
  program.dispose();
  if (Object.keys(traced).length !== plan.tensors.length) {
    throw new Error(
      `${Object.keys(traced).length} of ${plan.tensors.length} tensors were observed`,
    );
  }
  return traced;
}

export interface TracedTensor {
  readonly name: string;
  readonly values: Float32Array | Int16Array;
}

/** The first value, bit by bit, in which two runs differ; null where there is none. */
export function compareTraces(
  got: readonly TracedTensor[],
  expected: readonly TracedTensor[],
): Difference | null {
  for (const [i, { name, values }] of expected.entries()) {
    const difference = firstDifference(name, got[i]!.values, values);
    if (difference !== null) return difference;
  }
  return null;
}

/** Runs a subnet on a backend and on the reference. @returns the first difference, or null */
export async function compareWithReference(
  backend: Backend,
  model: Model,
  entry: SubnetEntry,
  frame: RgbaFrame,
): Promise<Difference | null> {
  const expected = await runTraced(openReferenceBackend(), model, entry, frame);
  return compareTraces(await runTraced(backend, model, entry, frame), expected);
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
