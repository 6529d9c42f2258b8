import { type AccessCheck, makeAccessCheck, mayRead } from './accessCheck.ts';
import type { AccessTracer, TraceAccess } from './tracedModule.ts';
import type { ByteRange } from './trackedHeap.ts';

const pageBytes = 65_536;

export interface Permission {
  readonly range: ByteRange;
  /** `mayRead`, `mayWrite` or both. */
  readonly rights: number;
}

/** Which bytes of a memory the code that runs now may touch; an access to any other throws. */
export class Permissions implements AccessTracer {
  /** What this kernel is called in messages. */
  subject = '';
  readonly #check: AccessCheck;
  #granted: readonly Permission[] = [];

  constructor() {
    this.#check = makeAccessCheck((right, pointer, offset, bytes) =>
      this.#refuse(right, (pointer >>> 0) + offset, bytes),
    );
  }

  get read(): TraceAccess {
    return this.#check.read;
  }

  get write(): TraceAccess {
    return this.#check.write;
  }

  /** Accesses that were checked so far. */
  get accesses(): number {
    return Number(this.#check.accesses.value);
  }

  /** Allows these and nothing else, while `work` runs. */
  during(permissions: readonly Permission[], memoryBytes: number, work: () => void): void {
    const rights = this.#rightsFor(memoryBytes);
    for (const { range, rights: granted } of permissions) {
      for (let at = range.start; at < range.end; at++) rights[at]! |= granted;
    }
    this.#granted = permissions;
    try {
      work();
    } finally {
      for (const { range } of permissions) rights.fill(0, range.start, range.end);
    }
  }

  #rightsFor(memoryBytes: number): Uint8Array {
    const { rights } = this.#check;
    const missing = memoryBytes - rights.buffer.byteLength;
    if (missing > 0) rights.grow(Math.ceil(missing / pageBytes));
    return new Uint8Array(rights.buffer);
  }

  #refuse(right: number, start: number, bytes: number): never {
    const verb = right === mayRead ? 'reads' : 'writes';
    const allowed = this.#granted
      .filter(({ rights }) => (rights & right) !== 0)
      .map(({ range }) => `${range.start}..${range.end}`);
    throw new Error(
      `${this.subject} ${verb} bytes ${start}..${start + bytes}, outside of ${allowed.join(', ')}`,
    );
  }
}
