import * as tf from '@tensorflow/tfjs';
import { RtfqError } from '../../errors.ts';
import { instantiateTrainingModule, type TrainingModule } from './trainingModule.ts';

/** What this package relies on in tfjs-backend-wasm, whose declarations keep most of it to themselves. */
interface TfjsWasmBackend {
  readonly dataIdMap: { get(dataId: object): { readonly memoryOffset: number } };
  readonly wasm: {
    _malloc(sizeBytes: number): number;
    _free(address: number): void;
    /** The single-threaded builds have their memory here. */
    readonly asm?: { readonly memory?: unknown };
    /** The threaded build has it here, and it is shared. */
    readonly wasmMemory?: unknown;
  };
  makeOutput(shape: readonly number[], dtype: tf.DataType): tf.TensorInfo;
  /** One more tensor with these values; each tensor's disposal takes one away. */
  incRef(dataId: object): void;
}

/** tfjs's own WebAssembly memory, with the training kernels in it: they read and write tensors in place. */
export class TensorMemory {
  readonly module: TrainingModule;
  readonly #backend: TfjsWasmBackend;
  readonly #memory: WebAssembly.Memory;

  /** @throws RtfqError `BACKEND_UNAVAILABLE` where the backend is not laid out as tfjs 4.22.0 has it */
  constructor(backend: object) {
    this.#backend = checkedBackend(backend);
    this.#memory = memoryOf(this.#backend);
    this.module = instantiateTrainingModule(this.#memory);
  }

  /** @throws RtfqError `OUT_OF_MEMORY` where tfjs got no memory for the tensor */
  addressOf({ dataId, shape }: tf.TensorInfo): number {
    const { memoryOffset } = this.#backend.dataIdMap.get(dataId);
    if (memoryOffset === 0) throw outOfMemory(tf.util.sizeFromShape(shape) * 4);
    return memoryOffset;
  }

  /** A new float tensor; its content is undefined. */
  makeFloats(shape: readonly number[]): tf.TensorInfo {
    return this.#backend.makeOutput([...shape], 'float32');
  }

  /** A tensor with the values of another, which stay as long as one of the two does. */
  share({ dataId, shape, dtype }: tf.TensorInfo): tf.TensorInfo {
    this.#backend.incRef(dataId);
    return { dataId, shape, dtype };
  }

  /** Lends bytes of the memory, 8-byte aligned and undefined, for the duration of a call. */
  withScratch<Result>(sizeBytes: number, use: (address: number) => Result): Result {
    const address = this.#backend.wasm._malloc(sizeBytes) >>> 0;
    if (address === 0) throw outOfMemory(sizeBytes);
    try {
      return use(address);
    } finally {
      this.#backend.wasm._free(address);
    }
  }

  /** The memory as 32-bit integers from an address on. Ask anew after anything that allocates. */
  integersAt(address: number, count: number): Int32Array {
    return new Int32Array(this.#memory.buffer, address, count);
  }

  /** The values of a float tensor, in place. Ask anew after anything that allocates. */
  floatsOf(tensor: tf.TensorInfo): Float32Array {
    const count = tf.util.sizeFromShape(tensor.shape);
    return new Float32Array(this.#memory.buffer, this.addressOf(tensor), count);
  }

  /** The values of an int32 tensor, in place. Ask anew after anything that allocates. */
  integersOf(tensor: tf.TensorInfo): Int32Array {
    return this.integersAt(this.addressOf(tensor), tf.util.sizeFromShape(tensor.shape));
  }
}

function checkedBackend(backend: object): TfjsWasmBackend {
  const { dataIdMap, makeOutput, incRef, wasm } = backend as Partial<TfjsWasmBackend>;
  const isAsExpected =
    typeof dataIdMap?.get === 'function' &&
    typeof makeOutput === 'function' &&
    typeof incRef === 'function' &&
    typeof wasm?._malloc === 'function' &&
    typeof wasm._free === 'function';
  if (!isAsExpected)
    throw unknownLayout('dataIdMap, makeOutput, incRef, wasm._malloc and wasm._free');
  return backend as TfjsWasmBackend;
}

function memoryOf({ wasm }: TfjsWasmBackend): WebAssembly.Memory {
  const memory = wasm.asm?.memory ?? wasm.wasmMemory;
  if (memory instanceof WebAssembly.Memory) return memory;
  throw unknownLayout('a memory at wasm.asm.memory or wasm.wasmMemory');
}

function unknownLayout(expected: string): RtfqError {
  return new RtfqError('BACKEND_UNAVAILABLE', "tfjs's wasm backend is not laid out as known", {
    expected,
    hint: 'use @tensorflow/tfjs-backend-wasm 4.22.0',
  });
}

function outOfMemory(sizeBytes: number): RtfqError {
  return new RtfqError('OUT_OF_MEMORY', "tfjs's wasm memory is full", {
    expected: `room for ${sizeBytes} bytes`,
    hint: 'use smaller batches or images',
  });
}
