import type * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { TensorMemory } from './tensorMemory.ts';

const memories = new WeakMap<object, TensorMemory>();

/** One call of a kernel. */
export interface KernelCall<Input extends string, Attributes> {
  readonly inputs: Readonly<Record<Input, tf.TensorInfo>>;
  readonly attributes: Attributes;
  readonly memory: TensorMemory;
}

/** Prepares an instance of tfjs's wasm backend for the kernels; a second call does nothing. */
export function attachTo(backend: object): void {
  if (!memories.has(backend)) memories.set(backend, new TensorMemory(backend));
}

/** A kernel for tfjs's wasm backend that computes in that backend's own memory. */
export function wasmKernel<Input extends string, Attributes>(
  kernelName: string,
  compute: (call: KernelCall<Input, Attributes>) => tf.TensorInfo | tf.TensorInfo[],
): tf.KernelConfig {
  return {
    kernelName,
    backendName: 'wasm',
    kernelFunc: ({ inputs, attrs, backend }) => {
      const memory = memories.get(backend);
      if (memory === undefined) {
        throw new RtfqError('INTERNAL', `${kernelName}: the training kernels are not installed`, {
          hint: 'call installTrainingKernels() after tf.ready() on each new wasm backend',
        });
      }
      // Values of a tensor from another backend are moved here when they are first asked for, which may
      // move the memory itself: once for all, before the kernel takes views of it.
      for (const input of Object.values(inputs)) memory.addressOf(input!);
      return compute({
        inputs: inputs as KernelCall<Input, Attributes>['inputs'],
        attributes: attrs as Attributes,
        memory,
      });
    },
  };
}
