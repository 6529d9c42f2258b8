import { type Address, Heap } from '../../../src/backends/wasm/heap.ts';

/** Bytes from `start` on, up to but not including `end`. */
export interface ByteRange {
  readonly start: Address;
  readonly end: Address;
}

/** A heap that knows what was asked of it: to the byte, without what fills up its alignment. */
export class TrackedHeap extends Heap {
  readonly #blocks = new Map<Address, number>();

  override allocate(sizeBytes: number): Address {
    const address = super.allocate(sizeBytes);
    this.#blocks.set(address, sizeBytes);
    return address;
  }

  override free(address: Address): void {
    super.free(address);
    this.#blocks.delete(address);
  }

  /** Bytes that are allocated now. */
  get allocatedBytes(): number {
    let sum = 0;
    for (const sizeBytes of this.#blocks.values()) sum += sizeBytes;
    return sum;
  }

  get blockCount(): number {
    return this.#blocks.size;
  }

  /** The block that begins at an address. */
  blockFrom(address: Address): ByteRange | null {
    const sizeBytes = this.#blocks.get(address);
    return sizeBytes === undefined ? null : { start: address, end: address + sizeBytes };
  }

  /** The block that an address lies in. */
  blockAround(address: Address): ByteRange | null {
    for (const [start, sizeBytes] of this.#blocks) {
      if (address >= start && address < start + sizeBytes) return { start, end: start + sizeBytes };
    }
    return null;
  }
}
