import type { Plan } from '../../network/plan.ts';
import { type ArenaLayout, layOutTensors } from '../arenaLayout.ts';
import type { Address, Heap } from './heap.ts';
import { roomBytes } from './strides.ts';

// A cache line.
const alignment = 64;

export function layOutArena(plan: Plan): ArenaLayout {
  const sizes = plan.tensors.map((_, id) => Math.ceil(roomBytes(plan, id) / alignment) * alignment);
  return layOutTensors(plan, sizes);
}

/** A region of linear memory that only ever gets larger, shared by all programs. It moves when it grows. */
export class SharedRegion {
  readonly #heap: Heap;
  #address: Address = 0;
  #sizeBytes = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
  }

  get address(): Address {
    return this.#address;
  }

  /**
   * Makes room for at least so many bytes; their content is undefined.
   * @throws RtfqError `OUT_OF_MEMORY`; the region is then as it was
   */
  reserve(sizeBytes: number): Address {
    if (sizeBytes > this.#sizeBytes) {
      const address = this.#heap.allocate(sizeBytes);
      if (this.#address !== 0) this.#heap.free(this.#address);
      this.#address = address;
      this.#sizeBytes = sizeBytes;
    }
    return this.#address;
  }
}
