import { RtfqError } from '../errors.ts';
import type { ReadFile } from '../model/reader.ts';

// A slow connection brings something in that time; one that brings nothing is dead, and nobody says so.
const defaultStallMs = 30_000;

/**
 * Reads files as `readFile` does, but gives one up of which no byte arrives for so long: what waits for it would
 * otherwise wait for ever. The reader throws RtfqError `MODEL_FETCH_FAILED` then.
 */
export function limitStalls(readFile: ReadFile, stallMs: number = defaultStallMs): ReadFile {
  return async (file, expected, options) => {
    const { signal, onProgress } = options;
    const giveUp = new AbortController();
    let hasStalled = false;
    let timer: ReturnType<typeof setTimeout>;
    const restart = () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        hasStalled = true;
        giveUp.abort();
      }, stallMs);
    };
    const abort = () => giveUp.abort(signal?.reason);
    if (signal?.aborted) abort();
    signal?.addEventListener('abort', abort);
    restart();
    try {
      return await readFile(file, expected, {
        ...options,
        signal: giveUp.signal,
        onProgress(progress) {
          restart();
          onProgress?.(progress);
        },
      });
    } catch (thrown) {
      if (!hasStalled || signal?.aborted) throw thrown;
      throw new RtfqError('MODEL_FETCH_FAILED', `${file} stopped arriving`, {
        got: `no byte for ${stallMs / 1000} s`,
        hint: 'the connection is gone, or the server hangs: try again',
        cause: thrown,
      });
    } finally {
      clearTimeout(timer!);
      signal?.removeEventListener('abort', abort);
    }
  };
}
