import type { Plan, TensorId } from '../../network/plan.ts';
import type { Address, Heap } from './heap.ts';
import { tensorBytes } from './strides.ts';

// A cache line; the slack also takes the pixel that resizing to an odd side writes past the image's end.
const alignment = 64;

/** Where each tensor of a plan lies, as offsets from the arena's base, and how large the whole is. */
export interface ArenaLayout {
  readonly offsets: readonly number[];
  readonly sizeBytes: number;
}

/**
 * Places tensors so that those in use at the same time do not overlap. Largest first, each at the lowest
 * offset that is free during its life: a greedy that is near the optimum on chains of layers.
 */
export function layOutTensors(plan: Plan): ArenaLayout {
  interface Placed {
    readonly id: TensorId;
    readonly start: number;
    readonly end: number;
  }
  const sizes = plan.tensors.map(
    (_, id) => (Math.floor(tensorBytes(plan, id) / alignment) + 1) * alignment,
  );
  const bySize = [...sizes.keys()].sort((a, b) => sizes[b]! - sizes[a]! || a - b);
  const placed: Placed[] = [];
  const offsets: number[] = [];
  for (const id of bySize) {
    const { firstStep, lastStep } = plan.tensors[id]!;
    let start = 0;
    const inTheWay = placed
      .filter((other) => {
        const life = plan.tensors[other.id]!;
        return life.firstStep <= lastStep && firstStep <= life.lastStep;
      })
      .sort((a, b) => a.start - b.start);
    for (const other of inTheWay) {
      if (other.start >= start + sizes[id]!) break;
      start = Math.max(start, other.end);
    }
    placed.push({ id, start, end: start + sizes[id]! });
    offsets[id] = start;
  }
  return { offsets, sizeBytes: Math.max(...placed.map(({ end }) => end)) };
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
