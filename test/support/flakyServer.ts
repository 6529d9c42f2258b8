import type { IncomingMessage, ServerResponse } from 'node:http';
import { sha256 } from '../../src/model/integrity.ts';
import type { FileReference } from '../../src/model/manifest.ts';
import { seededRandom } from './random.ts';

/** Where the server's files lie: `/__flaky/<mode>/<visit>/file.bin`. A visit's log is at `/__flaky/log/<visit>`. */
export const flakyRoot = '/__flaky';

export const fileBytes = 700_000;
const cutAfterBytes = 300_000;
const stallAfterBytes = 600_000;

/**
 * How a file is served. `good`; `noRange`: always from the start; `cut`: each answer ends, by a reset, after
 * 300,000 bytes; `cutNoRange`: only the first one, and always from the start; `alwaysCut`: each, from the start;
 * `liar`: announces more than there is. The first answer of these stops after 600,000 bytes, for good: `stall`,
 * which takes ranges afterwards; `refuseRange`, which answers them with 416; `wrongRange`, with other bytes than
 * were asked for; `page`, with a web page.
 */
export type FlakyMode =
  | 'good'
  | 'noRange'
  | 'cut'
  | 'cutNoRange'
  | 'alwaysCut'
  | 'stall'
  | 'refuseRange'
  | 'wrongRange'
  | 'liar'
  | 'page';

export function flakyFile(): Uint8Array<ArrayBuffer> {
  const random = seededRandom(7);
  return Uint8Array.from({ length: fileBytes }, () => 256 * random());
}

export async function flakyReference(): Promise<FileReference> {
  return { file: 'file.bin', sizeBytes: fileBytes, sha256: await sha256(flakyFile()) };
}

/** URL, but for the origin, of a model.json beside the file. */
export function flakyModelPath(mode: FlakyMode, visit: string): string {
  return `${flakyRoot}/${mode}/${visit}/model.json`;
}

/** A connect-style handler; passes on what lies elsewhere. Keeps the `Range` of each request, null without one. */
export function flakyHandler() {
  const file = flakyFile();
  const log = new Map<string, (string | null)[]>();
  return (request: IncomingMessage, response: ServerResponse, next: () => void): void => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (!pathname.startsWith(`${flakyRoot}/`)) {
      next();
      return;
    }
    const [mode = '', visit = ''] = pathname.slice(flakyRoot.length + 1).split('/');
    const ranges = log.get(visit) ?? [];
    if (mode === 'log') {
      response.setHeader('Content-Type', 'application/json').end(JSON.stringify(ranges));
      return;
    }
    log.set(visit, [...ranges, request.headers.range ?? null]);
    const isFirst = ranges.length === 0;
    answer(response, file, mode as FlakyMode, request.headers.range, isFirst);
  };
}

function answer(
  response: ServerResponse,
  file: Uint8Array,
  mode: FlakyMode,
  range: string | undefined,
  isFirst: boolean,
): void {
  const asked = Number(/^bytes=(\d+)-$/.exec(range ?? '')?.[1] ?? 0);
  const takesRanges = !['noRange', 'cutNoRange', 'alwaysCut'].includes(mode);
  const offset = takesRanges ? asked : 0;
  response.setHeader('Content-Type', 'application/octet-stream');
  response.setHeader('Cache-Control', 'no-store');
  if (mode === 'page' && offset > 0) {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><p>Hello');
    return;
  }
  if (mode === 'refuseRange' && offset > 0) {
    response.statusCode = 416;
    response.end();
    return;
  }
  const start = mode === 'wrongRange' && offset > 0 ? offset - 1 : offset;
  if (start > 0) {
    response.statusCode = 206;
    response.setHeader('Content-Range', `bytes ${start}-${file.length - 1}/${file.length}`);
  }
  const announced = file.length - start + (mode === 'liar' ? 100 : 0);
  response.setHeader('Content-Length', announced);
  const stopsEarly = mode === 'stall' || mode === 'refuseRange' || mode === 'wrongRange';
  if ((stopsEarly || mode === 'page') && isFirst) {
    response.write(file.subarray(0, stallAfterBytes));
    return;
  }
  const isCut = mode === 'cut' || mode === 'alwaysCut' || (mode === 'cutNoRange' && isFirst);
  const end = isCut ? start + cutAfterBytes : file.length;
  response.write(file.subarray(start, end), () => {
    if (end < file.length || mode === 'liar') setTimeout(() => response.destroy(), 50);
    else response.end();
  });
}
