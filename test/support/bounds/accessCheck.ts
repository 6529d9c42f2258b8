import binaryen from 'assemblyscript/binaryen';
import type { AccessTracer } from './tracedModule.ts';

export const mayRead = 1;
export const mayWrite = 2;

/** Told of an access that is not allowed, before it happens; has to throw. */
export type RefuseAccess = (right: number, pointer: number, offset: number, bytes: number) => void;

export interface AccessCheck extends AccessTracer {
  /** A byte of rights, `mayRead` and `mayWrite`, for each byte of the memory that is watched. */
  readonly rights: WebAssembly.Memory;
  /** How many accesses were checked so far. */
  readonly accesses: { readonly value: bigint };
}

/**
 * Checks accesses in WebAssembly, not in JavaScript: kernels make some hundred million for a frame of a shipped
 * subnet, and so each is checked in a few nanoseconds.
 */
export function makeAccessCheck(refuse: RefuseAccess): AccessCheck {
  compiled ??= compile();
  const { exports } = new WebAssembly.Instance(compiled, { check: { refuse } });
  return exports as unknown as AccessCheck;
}

let compiled: WebAssembly.Module | undefined;

function compile(): WebAssembly.Module {
  const module = binaryen.parseText(text);
  module.setFeatures(binaryen.Features.All);
  module.optimize();
  const code = new Uint8Array(module.emitBinary());
  module.dispose();
  return new WebAssembly.Module(code);
}

/** The eight bytes from `$at` on, ones where there are fewer; 16 bytes are two times eight. */
const loads = [
  [8, '(i64.load align=1 (local.get $at))'],
  [4, '(i64.or (i64.load32_u align=1 (local.get $at)) (i64.const 0xffffffff00000000))'],
  [2, '(i64.or (i64.load16_u align=1 (local.get $at)) (i64.const 0xffffffffffff0000))'],
  [1, '(i64.or (i64.load8_u (local.get $at)) (i64.const 0xffffffffffffff00))'],
] as const;
const bothHalves =
  '(i64.and (i64.load align=1 (local.get $at)) (i64.load offset=8 align=1 (local.get $at)))';

/** What is allowed for all bytes of an access; nothing where the instruction touches another number of bytes. */
const allowed = loads.reduceRight(
  (otherwise, [bytes, load]) => whenBytes(bytes, load, otherwise),
  whenBytes(16, bothHalves, '(i64.const 0)'),
);

function whenBytes(bytes: number, then: string, otherwise: string): string {
  return `(if (result i64) (i32.eq (local.get $bytes) (i32.const ${bytes}))
    (then ${then}) (else ${otherwise}))`;
}

function checkFor(name: string, right: number): string {
  const mask = `(i64.const 0x${`0${right}`.repeat(8)})`;
  const refuse = `(call $refuse (i32.const ${right})
    (local.get $pointer) (local.get $offset) (local.get $bytes))`;
  return `(func (export "${name}") (param $pointer i32) (param $offset i32) (param $bytes i32) (result i32)
    (local $start i64) (local $at i32)
    (global.set $accesses (i64.add (global.get $accesses) (i64.const 1)))
    (local.set $start
      (i64.add (i64.extend_i32_u (local.get $pointer)) (i64.extend_i32_u (local.get $offset))))
    (if (i64.gt_u (i64.add (local.get $start) (i64.extend_i32_u (local.get $bytes)))
        (i64.mul (i64.extend_i32_u (memory.size)) (i64.const 65536)))
      (then ${refuse} (unreachable)))
    (local.set $at (i32.wrap_i64 (local.get $start)))
    (if (i64.ne (i64.and ${allowed} ${mask}) ${mask})
      (then ${refuse} (unreachable)))
    (local.get $pointer))`;
}

const text = `(module
  (import "check" "refuse" (func $refuse (param i32 i32 i32 i32)))
  (memory (export "rights") 1)
  (global $accesses (export "accesses") (mut i64) (i64.const 0))
  ${checkFor('read', mayRead)}
  ${checkFor('write', mayWrite)})`;
