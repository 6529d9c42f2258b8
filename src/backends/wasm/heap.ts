import { RtfqError } from '../../errors.ts';

const pageBytes = 65536;
// The kernels' modules declare this much (scripts/buildWasm.mjs).
const maximumPages = 65536;
// Engines set a shared memory's maximum aside: a gigabyte of addresses, which phones have too.
const maximumSharedPages = 16384;
// Address 0 stands for "none" in the kernels' arguments.
const firstAddress = 1024;
const alignment = 16;

/** Address in linear memory, in bytes. */
export type Address = number;

interface Block {
  readonly start: Address;
  readonly end: Address;
}

/** A first-fit allocator over a WebAssembly memory, which grows as needed. */
export class Heap {
  readonly memory: WebAssembly.Memory;
  /** Free blocks, by address; neighbours are always joined. */
  #free: Block[];
  readonly #used = new Map<Address, number>();

  /** @param shared with threads, where the page may have them */
  constructor(shared = false) {
    try {
      const maximum = shared ? maximumSharedPages : maximumPages;
      this.memory = new WebAssembly.Memory({ initial: 1, maximum, shared });
    } catch (cause) {
      throw new RtfqError('OUT_OF_MEMORY', 'the browser gave no memory at all', { cause });
    }
    this.#free = [{ start: firstAddress, end: pageBytes }];
  }

  get sizeBytes(): number {
    return this.memory.buffer.byteLength;
  }

  /** The memory as bytes; to be asked for anew after any `allocate`, which may have moved it. */
  get bytes(): Uint8Array<ArrayBufferLike> {
    return new Uint8Array(this.memory.buffer);
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  /**
   * Reserves bytes, 16-byte aligned; their content is undefined.
   * @throws RtfqError `OUT_OF_MEMORY`
   */
  allocate(sizeBytes: number): Address {
    const size = Math.max(alignment, Math.ceil(sizeBytes / alignment) * alignment);
    let index = this.#free.findIndex(({ start, end }) => end - start >= size);
    if (index < 0) {
      this.#grow(size);
      index = this.#free.length - 1;
    }
    const { start, end } = this.#free[index]!;
    this.#free.splice(index, 1, ...(end - start > size ? [{ start: start + size, end }] : []));
    this.#used.set(start, size);
    return start;
  }

  /** Reserves room for the bytes and copies them there. */
  store(values: Uint8Array | Int8Array | Int32Array | Int16Array | Float32Array): Address {
    const address = this.allocate(values.byteLength);
    const source = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
    this.bytes.set(source, address);
    return address;
  }

  allocateZeros(sizeBytes: number): Address {
    return this.store(new Uint8Array(sizeBytes));
  }

  free(address: Address): void {
    const size = this.#used.get(address);
    if (size === undefined) throw new RtfqError('INTERNAL', `nothing is allocated at ${address}`);
    this.#used.delete(address);
    this.#release({ start: address, end: address + size });
  }

  #grow(size: number): void {
    const end = this.sizeBytes;
    const pages = Math.ceil(size / pageBytes);
    try {
      this.memory.grow(pages);
    } catch (cause) {
      throw new RtfqError('OUT_OF_MEMORY', 'the browser gave no more memory', {
        got: `${end} bytes`,
        expected: `${end + pages * pageBytes} bytes`,
        hint: 'use a smaller model, or fewer bit-widths at a time',
        cause,
      });
    }
    this.#release({ start: end, end: end + pages * pageBytes });
  }

  #release(block: Block): void {
    const at = this.#free.findIndex(({ start }) => start > block.start);
    const index = at < 0 ? this.#free.length : at;
    const before = this.#free[index - 1];
    const after = this.#free[index];
    const joinsBefore = before !== undefined && before.end === block.start;
    const joinsAfter = after !== undefined && after.start === block.end;
    this.#free.splice(joinsBefore ? index - 1 : index, Number(joinsBefore) + Number(joinsAfter), {
      start: joinsBefore ? before.start : block.start,
      end: joinsAfter ? after.end : block.end,
    });
  }
}
