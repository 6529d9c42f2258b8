import binaryen from 'assemblyscript/binaryen';

/** Told of each access before it happens. @returns the pointer, as it was */
export type TraceAccess = (pointer: number, offset: number, bytes: number) => number;

/** What a traced module imports as `trace`, besides what it imported before. */
export interface AccessTracer {
  readonly read: TraceAccess;
  readonly write: TraceAccess;
}

/**
 * Rewrites a WebAssembly module so that it tells of every load and store, whatever its instructions are: the
 * kernels as they are shipped can then be watched without knowing what they do.
 */
export function traceAccesses(code: Uint8Array): Uint8Array<ArrayBuffer> {
  const original = binaryen.readBinary(code);
  original.setFeatures(binaryen.Features.All);
  const text = original.emitText();
  original.dispose();
  const traced = binaryen.parseText(declareTracer(wrapPointers(text)));
  traced.setFeatures(binaryen.Features.All);
  const binary = traced.emitBinary();
  traced.dispose();
  return new Uint8Array(binary);
}

function declareTracer(text: string): string {
  const type = '(param i32 i32 i32) (result i32)';
  const imports = `
 (import "trace" "read" (func $traceRead ${type}))
 (import "trace" "write" (func $traceWrite ${type}))`;
  return text.replace('(import "env" "memory"', (found) => `${imports}\n ${found}`);
}

const access =
  /\((?:i32|i64|f32|f64|v128)\.(load|store)(\w*)((?: (?:offset=\d+|align=\d+|\d+))*)\s+/g;

/** Puts a call around the first operand, the pointer, of each load and store. */
function wrapPointers(text: string): string {
  let traced = '';
  let at = 0;
  access.lastIndex = 0;
  for (let found = access.exec(text); found !== null; found = access.exec(text)) {
    const [whole, kind, shape, immediates] = found;
    const start = found.index + whole.length;
    const end = endOfExpression(text, start);
    const tracer = kind === 'load' ? '$traceRead' : '$traceWrite';
    const offset = /offset=(\d+)/.exec(immediates!)?.[1] ?? '0';
    const bytes = accessBytes(whole, shape!);
    // The pointer may itself hold a load.
    const pointer = wrapPointers(text.slice(start, end));
    traced += text.slice(at, start);
    traced += `(call ${tracer} ${pointer} (i32.const ${offset}) (i32.const ${bytes})) `;
    at = end;
    access.lastIndex = end;
  }
  return traced + text.slice(at);
}

function endOfExpression(text: string, start: number): number {
  let depth = 0;
  for (let at = start; at < text.length; at++) {
    if (text[at] === '(') depth += 1;
    if (text[at] === ')') depth -= 1;
    if (depth === 0) return at + 1;
  }
  throw new Error(`no end of the expression at ${start}`);
}

/** Bytes that `v128.load8x8_s`, `i32.store16`, `v128.load32_splat` and their like touch. */
function accessBytes(instruction: string, shape: string): number {
  const pairs = /^(\d+)x(\d+)/.exec(shape);
  if (pairs !== null) return (Number(pairs[1]) * Number(pairs[2])) / 8;
  const bits = /^(\d+)/.exec(shape);
  if (bits !== null) return Number(bits[1]) / 8;
  const type = /^\(([ifv])(\d+)/.exec(instruction)!;
  return Number(type[2]) / 8;
}
