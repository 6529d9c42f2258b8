import type { FileReference } from '../model/manifest.ts';

/** In the browser's cache storage; the number changes with the layout of what is kept. */
export const cacheName = 'rtfq-models-1';

/** What an aborted download loses at most; small enough for that, large enough to be few. */
export const pieceBytes = 256 * 1024;

/** A file that a browser keeps, in pieces. */
export interface KeptFile {
  /** Absolute URL of the model.json that it was downloaded for. */
  readonly model: string;
  readonly file: string;
  readonly sha256: string;
  readonly sizeBytes: number;
}

type SizedFile = Pick<FileReference, 'sizeBytes'>;

export function pieceCount({ sizeBytes }: SizedFile): number {
  return Math.ceil(sizeBytes / pieceBytes);
}

/** All pieces have the same length, but the last one. */
export function pieceLength({ sizeBytes }: SizedFile, index: number): number {
  return Math.min(pieceBytes, sizeBytes - index * pieceBytes);
}

/** Never asked of the network: the cache wants a URL for a key. The hash names the file, wherever it came from. */
export function pieceKey({ sha256 }: Pick<FileReference, 'sha256'>, index: number): string {
  return `https://rtfq.invalid/${sha256}/${index}`;
}

const keyPattern = /^https:\/\/rtfq\.invalid\/([0-9a-f]{64})\/(\d+)$/;

/** null where the key is not one of ours. */
export function parsePieceKey(key: string): { sha256: string; index: number } | null {
  const [, sha256, index] = keyPattern.exec(key) ?? [];
  return sha256 === undefined ? null : { sha256, index: Number(index) };
}

export function pieceResponse(
  bytes: Uint8Array<ArrayBuffer>,
  { model, file, sizeBytes }: KeptFile,
): Response {
  return new Response(bytes, {
    headers: { 'x-model': model, 'x-file': file, 'x-size-bytes': String(sizeBytes) },
  });
}

/** null where the headers are not those of `pieceResponse`. */
export function keptFileOf(sha256: string, { headers }: Response): KeptFile | null {
  const [model, file] = [headers.get('x-model'), headers.get('x-file')];
  const sizeBytes = Number(headers.get('x-size-bytes') ?? Number.NaN);
  if (model === null || file === null || !Number.isSafeInteger(sizeBytes)) return null;
  return { model, file, sha256, sizeBytes };
}
