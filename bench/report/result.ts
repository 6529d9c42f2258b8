import { readFile } from 'node:fs/promises';
import { RtfqError } from '../../src/errors.ts';
import type { RooflineResult } from '../roofline/roofline.ts';
import type { RuntimesResult } from '../runtimes/result.ts';
import type { SubnetsResult } from '../subnets/result.ts';

/** What any of the commands writes with `--json`. */
export type BenchResult = RuntimesResult | RooflineResult | SubnetsResult;

const kinds: readonly string[] = [
  'runtimes',
  'kernels',
  'webgpu',
  'roofline',
  'subnets',
] satisfies BenchResult['kind'][];

/** @throws RtfqError `INVALID_ARGUMENT` where the file is no result */
export async function readResult(path: string): Promise<BenchResult> {
  return parseResult(await readFile(path, 'utf8'), path);
}

export function parseResult(text: string, path: string): BenchResult {
  const value = parseJson(text);
  const kind = (value as { readonly kind?: unknown } | null)?.kind;
  if (typeof kind === 'string' && kinds.includes(kind)) return value as BenchResult;
  throw new RtfqError('INVALID_ARGUMENT', `${path} is no result of the benchmarks`, {
    got: kind === undefined ? 'no kind' : `kind ${JSON.stringify(kind)}`,
    expected: `what --json wrote: ${kinds.join(', ')}`,
  });
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
