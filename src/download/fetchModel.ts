import { RtfqError, throwIfAborted } from '../errors.ts';
import { verifyFile } from '../model/integrity.ts';
import type { FileReference } from '../model/manifest.ts';
import type { ReadFile } from '../model/reader.ts';
import { Arrival } from './arrival.ts';
import type { FileCache } from './fileCache.ts';
import { connectionLost, type RequestOptions, requestFrom } from './request.ts';

// Each has to bring something: a line that is cut that often carries no model.
const mostAttempts = 5;

/**
 * Reads a model's files over the network; packs and tables lie beside `model.json`. A download that is cut off
 * goes on where it stopped, and one that was given up on an earlier visit, too, where there is a cache.
 * The reader throws RtfqError `MODEL_FETCH_FAILED` | `MODEL_INTEGRITY` (too long) | `ABORTED`.
 * @param modelUrl absolute URL of `model.json`
 * @param cache of this model; null: nothing is kept
 */
export function fetchModelFrom(modelUrl: string, cache: FileCache | null = null): ReadFile {
  const readFromCache = new Set<FileReference['sha256']>();
  return async (file, expected, { signal, onProgress, isRetry = false }) => {
    throwIfAborted(signal);
    if (expected === null) {
      const arrival = new Arrival({ file, expected, cache: null, onProgress });
      // It names all other files, so it must not be an old one; the server may say that it has not changed.
      return download(modelUrl, arrival, { signal, cache: 'no-cache' }, 1);
    }
    const url = new URL(file, modelUrl).href;
    if (isRetry) {
      if (readFromCache.delete(expected.sha256)) await cache?.removeDamaged(expected);
      else await cache?.remove(expected);
      return downloadAnew(url, expected, { signal, onProgress }, cache);
    }
    const arrival = new Arrival({ file, expected, cache, onProgress });
    arrival.addKept((await cache?.read(expected)) ?? []);
    throwIfAborted(signal);
    if (arrival.loadedBytes > 0) readFromCache.add(expected.sha256);
    if (arrival.isComplete) return arrival.join();
    return download(url, arrival, { signal, cache: 'default' }, mostAttempts);
  };
}

/** Past the browser's HTTP cache as well; kept only when it has turned out to be the file. */
async function downloadAnew(
  url: string,
  expected: FileReference,
  { signal, onProgress }: Parameters<ReadFile>[2],
  cache: FileCache | null,
): Promise<Uint8Array<ArrayBuffer>> {
  const { file } = expected;
  const arrival = new Arrival({ file, expected, cache: null, onProgress });
  const bytes = await download(url, arrival, { signal, cache: 'reload' }, mostAttempts);
  if (cache === null) return bytes;
  await verifyFile(expected, bytes);
  new Arrival({ file, expected, cache, onProgress: undefined }).add(bytes);
  return bytes;
}

async function download(
  url: string,
  arrival: Arrival,
  options: RequestOptions,
  attempts: number,
): Promise<Uint8Array<ArrayBuffer>> {
  for (let attempt = 1; ; attempt++) {
    const before = arrival.loadedBytes;
    const { response, offset } = await requestFrom(url, before, options);
    try {
      await pour(response, before - offset, arrival);
      return arrival.join();
    } catch (thrown) {
      throwIfAborted(options.signal);
      if (thrown instanceof RtfqError) throw thrown;
      if (arrival.isComplete) return arrival.join(); // a server that announces more than it has
      if (attempt >= attempts || arrival.loadedBytes === before) throw connectionLost(url, thrown);
    }
  }
}

/** @param skipBytes that have arrived before */
async function pour({ body }: Response, skipBytes: number, arrival: Arrival): Promise<void> {
  const reader = body?.getReader();
  let skip = skipBytes;
  for (;;) {
    const read = await reader?.read();
    if (read === undefined || read.done) return;
    const chunk = read.value.subarray(skip);
    skip -= read.value.length - chunk.length;
    if (chunk.length === 0) continue;
    try {
      arrival.add(chunk);
    } catch (thrown) {
      await reader?.cancel();
      throw thrown;
    }
  }
}
