import { RtfqError } from '../errors.ts';

// The import of a memory with a maximum in the binary format: 'memory', kind 2, limits 1. Limits 3 are the same, shared.
const memoryImport = [...'memory'].map((char) => char.charCodeAt(0)).concat(2, 1);
const sharedLimits = 3;

/**
 * Declares the memory that a module imports shared where the one that it is to live in is: one byte, so that one
 * build serves pages that may have threads and pages that may not.
 */
export function matchMemory(code: Uint8Array, memory: WebAssembly.Memory): void {
  if (memory.buffer instanceof ArrayBuffer) return;
  const at = code.findIndex((_, start) =>
    memoryImport.every((byte, offset) => code[start + offset] === byte),
  );
  if (at < 0) throw new RtfqError('INTERNAL', 'the kernels import no memory with a maximum');
  code[at + memoryImport.length - 1] = sharedLimits;
}
