import { RtfqError } from '../errors.ts';
import type { ReadFile } from '../model/reader.ts';

/**
 * Reads a model's files from a disk, in Node; the others lie beside `model.json`.
 * The reader throws RtfqError `MODEL_FETCH_FAILED` | `ABORTED`.
 * @param modelUrl `file:` URL of `model.json`
 */
export function readFilesBeside(modelUrl: URL): ReadFile {
  // Asked for and not imported: no bundler of a page has to know what Node has.
  const disk = globalThis.process?.getBuiltinModule?.('node:fs/promises');
  return async (file, _expected, { signal }) => {
    const url = new URL(file, modelUrl);
    try {
      if (disk === undefined) throw new Error('there is no file system here');
      return new Uint8Array(await disk.readFile(url, { signal }));
    } catch (cause) {
      if (signal?.aborted) throw RtfqError.from(cause);
      throw new RtfqError('MODEL_FETCH_FAILED', `cannot read ${url.href}`, {
        got: cause instanceof Error ? cause.message : String(cause),
        cause,
      });
    }
  };
}
