import { parameterSpecs } from '../supernet/parameters.ts';
import type { SupernetShape } from '../supernet/shape.ts';

/** One value per parameter element, in memory that threads share: parameters in the order of their specs. */
export class SharedParameters {
  readonly buffer: SharedArrayBuffer;
  readonly #views = new Map<string, Float32Array>();

  /** @param buffer another thread's; new and zero when absent */
  constructor(shape: SupernetShape, buffer?: SharedArrayBuffer) {
    const ends = new Map<string, number>();
    let length = 0;
    for (const { name, shape: size } of parameterSpecs(shape)) {
      length += size.reduce((product, one) => product * one, 1);
      ends.set(name, length);
    }
    this.buffer = buffer ?? new SharedArrayBuffer(length * Float32Array.BYTES_PER_ELEMENT);
    const values = new Float32Array(this.buffer);
    let start = 0;
    for (const [name, end] of ends) {
      this.#views.set(name, values.subarray(start, end));
      start = end;
    }
  }

  /** By parameter name; writing to it writes to the shared memory. */
  viewOf(name: string): Float32Array {
    return this.#views.get(name)!;
  }

  /** By parameter name, in the order of the specs. */
  get views(): ReadonlyMap<string, Float32Array> {
    return this.#views;
  }
}
