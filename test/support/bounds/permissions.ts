import type { AccessTracer } from './tracedModule.ts';
import type { ByteRange } from './trackedHeap.ts';

export const mayRead = 1;
export const mayWrite = 2;

export interface Permission {
  readonly range: ByteRange;
  /** `mayRead`, `mayWrite` or both. */
  readonly rights: number;
}

/** The least and the most bytes that were touched. */
export interface Touched {
  readonly read: ByteRange | null;
  readonly written: ByteRange | null;
}

/** Which bytes of a memory the code that runs now may touch; an access to any other throws. */
export class Permissions implements AccessTracer {
  /** What this kernel is called in messages. */
  subject = '';
  #rights = new Uint8Array(0);
  #granted: readonly Permission[] = [];
  #accesses = 0;

  /** Accesses that were checked so far. */
  get accesses(): number {
    return this.#accesses;
  }

  /** Allows these and nothing else, while `work` runs. */
  during(permissions: readonly Permission[], memoryBytes: number, work: () => void): void {
    if (this.#rights.length < memoryBytes) this.#rights = new Uint8Array(memoryBytes);
    for (const { range, rights } of permissions) {
      for (let at = range.start; at < range.end; at++) this.#rights[at]! |= rights;
    }
    this.#granted = permissions;
    try {
      work();
    } finally {
      for (const { range } of permissions) this.#rights.fill(0, range.start, range.end);
    }
  }

  readonly read = (pointer: number, offset: number, bytes: number): number => {
    this.#check(pointer, offset, bytes, mayRead, 'reads');
    return pointer;
  };

  readonly write = (pointer: number, offset: number, bytes: number): number => {
    this.#check(pointer, offset, bytes, mayWrite, 'writes');
    return pointer;
  };

  #check(pointer: number, offset: number, bytes: number, right: number, verb: string): void {
    const start = (pointer >>> 0) + offset;
    this.#accesses += 1;
    for (let at = start; at < start + bytes; at++) {
      if (((this.#rights[at] ?? 0) & right) !== 0) continue;
      const allowed = this.#granted
        .filter(({ rights }) => (rights & right) !== 0)
        .map(({ range }) => `${range.start}..${range.end}`);
      throw new Error(
        `${this.subject} ${verb} byte ${at} of ${start}..${start + bytes}, outside of ${allowed.join(', ')}`,
      );
    }
  }
}
