import type * as tf from '@tensorflow/tfjs';
import * as v from 'valibot';
import { RtfqError } from '../../errors.ts';
import { completeRecipe, type PartialRecipe } from '../recipe/recipe.ts';
import { type FloatTensor, Safetensors, writeSafetensors } from '../safetensors.ts';
import { parameterSpecs } from '../supernet/parameters.ts';
import type { SupernetShape } from '../supernet/shape.ts';
import { newTrainee, type Run } from './run.ts';
import { topologySchema, zeroPointSchema } from './topologySchema.ts';

// Raised when an older reader would misread the file.
const stateVersion = 1;

const metadataSchema = v.object({
  recipe: v.looseObject({}),
  topology: topologySchema,
  zeroPoint: zeroPointSchema,
  classes: v.array(v.string()),
  step: v.pipe(v.number(), v.integer(), v.minValue(0)),
  updates: v.record(v.string(), v.pipe(v.number(), v.integer(), v.minValue(1))),
});

const parts = { parameter: 'parameter:', slot: 'optimiser:', teacher: 'teacher:' } as const;

/** A run as a .safetensors file: `decodeRun` goes on with it as if it had never stopped. */
export async function encodeRun(run: Run): Promise<Uint8Array<ArrayBuffer>> {
  const { recipe, classes, trainee, step } = run;
  const { supernet, optimiser, teacher } = trainee;
  const tensors = new Map<string, FloatTensor>();
  const add = async (prefix: string, name: string, one: tf.Tensor) => {
    tensors.set(prefix + name, { shape: one.shape, values: await one.data<'float32'>() });
  };
  for (const { name, variable } of supernet.parameters.values()) {
    await add(parts.parameter, name, variable);
  }
  for (const [name, values] of optimiser.slots) {
    const { shape } = supernet.parameters.get(parameterOf(name))!;
    tensors.set(parts.slot + name, { shape, values });
  }
  for (const [name, average] of teacher.averages) await add(parts.teacher, name, average);
  return writeSafetensors(tensors, {
    rtfq_run: String(stateVersion),
    run: JSON.stringify({
      recipe,
      topology: supernet.shape.topology,
      zeroPoint: supernet.shape.zeroPoint,
      classes,
      step,
      updates: Object.fromEntries(optimiser.updates),
    }),
  });
}

/**
 * A run out of `encodeRun`'s bytes, on tfjs's current backend.
 * @throws RtfqError `WEIGHTS_FORMAT` on what is no such file, is damaged or was written by a newer rtfq
 */
export function decodeRun(bytes: Uint8Array): Run {
  const file = new Safetensors(bytes);
  const { recipe: partial, topology, zeroPoint, classes, step, updates } = readMetadata(file);
  const recipe = completeRecipe(partial as PartialRecipe);
  const { widths, bits, pinnedBits } = recipe;
  const shape: SupernetShape = { topology, widths, bits, pinnedBits, zeroPoint };
  const specs = new Map(parameterSpecs(shape).map((spec) => [spec.name, spec]));

  const values = new Map<string, Float32Array>();
  const teacherValues = new Map<string, Float32Array>();
  const slots = new Map<string, Float32Array>();
  for (const full of file.names) {
    const { part, name } = splitName(full);
    const spec = specs.get(part === 'slot' ? parameterOf(name) : name);
    if (spec === undefined) fail(`tensor ${full}`, 'a parameter that the run does not have');
    const own = file.read(full, spec.shape);
    if (part === 'parameter') values.set(name, own);
    else if (part === 'teacher') teacherValues.set(name, own);
    else slots.set(name, own);
  }
  const trainee = newTrainee(recipe, shape, values, teacherValues);
  for (const [name, own] of slots) trainee.optimiser.slots.set(name, own);
  for (const [name, count] of Object.entries(updates)) trainee.optimiser.updates.set(name, count);
  return { recipe, classes, trainee, step };
}

/**
 * What `encodeRun`'s bytes say of a run, without its tensors.
 * @throws RtfqError `WEIGHTS_FORMAT` as `decodeRun`
 */
export function describeRun(bytes: Uint8Array): Pick<Run, 'recipe' | 'classes' | 'step'> {
  const { recipe, classes, step } = readMetadata(new Safetensors(bytes));
  return { recipe: completeRecipe(recipe as PartialRecipe), classes, step };
}

/** A slot's name is its parameter's and a kind. */
function parameterOf(slot: string): string {
  return slot.replace(/#\w+$/, '');
}

function splitName(full: string): { readonly part: keyof typeof parts; readonly name: string } {
  for (const [part, prefix] of Object.entries(parts)) {
    if (full.startsWith(prefix)) {
      return { part: part as keyof typeof parts, name: full.slice(prefix.length) };
    }
  }
  return fail(`tensor ${full}`, `a name that begins with ${Object.values(parts).join(' or ')}`);
}

function readMetadata({ metadata }: Safetensors): v.InferOutput<typeof metadataSchema> {
  const version = metadata.rtfq_run;
  if (version !== String(stateVersion)) {
    fail(`rtfq_run ${version ?? 'is missing'}`, `a training run of version ${stateVersion}`);
  }
  let value: unknown;
  try {
    value = JSON.parse(metadata.run ?? '');
  } catch {
    fail('run', 'JSON');
  }
  const parsed = v.safeParse(metadataSchema, value, { abortEarly: true });
  // As it was written: what the schema puts out has its fields in another order.
  if (parsed.success) return value as v.InferOutput<typeof metadataSchema>;
  const issue: v.BaseIssue<unknown> = parsed.issues[0];
  return fail(
    `${v.getDotPath(issue) ?? 'run'}: ${issue.received}`,
    issue.expected ?? issue.message,
  );
}

function fail(got: string, expected: string): never {
  throw new RtfqError('WEIGHTS_FORMAT', 'the file holds no training run', { got, expected });
}
