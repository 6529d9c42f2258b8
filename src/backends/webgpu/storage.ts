import { pooledTerms } from '../../network/geometry.ts';
import type { LayerStep, Plan, TensorId } from '../../network/plan.ts';

/** Channels in a word: integers are stored as signed bytes, four to a word. */
export const wordChannels = 4;

export function wordsOf(channels: number): number {
  return Math.ceil(channels / wordChannels);
}

/** Bytes of a tensor in the arena: four channels take a word as integers, four words as floats. */
export function tensorBytes(plan: Plan, id: TensorId): number {
  const { height, width, channels, values } = plan.tensors[id]!;
  return height * width * wordsOf(channels) * (values.kind === 'float' ? 16 : 4);
}

/** What is taken off an integer so that a signed byte holds it. */
export function storedShift(plan: Plan, id: TensorId): number {
  const { values } = plan.tensors[id]!;
  return values.kind === 'integer' && values.range.max > 127 ? 128 : 0;
}

/** What stands for zero in a tensor's stored channels, those that fill up a word included. */
export function storedZeros(plan: Plan, id: TensorId): readonly number[] {
  const shift = storedShift(plan, id);
  if (id === plan.image) return [...plan.imageZeroPoint.map((zero) => zero - shift), 0];
  return new Array<number>(wordsOf(plan.tensors[id]!.channels) * wordChannels).fill(-shift);
}

/** What the sums of a pooling layer start from: pooling reads stored values. */
export function pooledStart(plan: Plan, step: LayerStep): Int32Array {
  const terms = pooledTerms(step.layer, plan.tensors[step.input]!);
  return Int32Array.from(storedZeros(plan, step.input), (zero) => -terms * zero);
}

/** A tensor without what fills up its words, integers as the values they stand for. */
export function fromStored(
  plan: Plan,
  id: TensorId,
  bytes: ArrayBuffer,
): Float32Array | Int16Array {
  const { height, width, channels, values } = plan.tensors[id]!;
  const isFloat = values.kind === 'float';
  const stored = isFloat ? new Float32Array(bytes) : new Int8Array(bytes);
  const stride = wordsOf(channels) * wordChannels;
  const shift = storedShift(plan, id);
  const length = height * width * channels;
  const read = isFloat ? new Float32Array(length) : new Int16Array(length);
  for (let i = 0; i < length; i++) {
    read[i] = stored[Math.floor(i / channels) * stride + (i % channels)]! + shift;
  }
  return read;
}
