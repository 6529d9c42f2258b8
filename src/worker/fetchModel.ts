import { RtfqError, throwIfAborted } from '../errors.ts';
import { type FileReference, maxManifestBytes } from '../model/manifest.ts';
import type { ReadFile, ReadOptions } from '../model/reader.ts';

/**
 * Reads a model's files over the network; packs and tables lie beside `model.json`.
 * The reader throws RtfqError `MODEL_FETCH_FAILED` | `MODEL_INTEGRITY` (too long) | `ABORTED`.
 * @param modelUrl absolute URL of `model.json`
 */
export function fetchModelFrom(modelUrl: string): ReadFile {
  return async (file, expected, options) => {
    const url = expected === null ? modelUrl : new URL(file, modelUrl).href;
    const response = await request(url, options.signal);
    try {
      return await readBody(response, file, expected, options);
    } catch (thrown) {
      throwIfAborted(options.signal);
      if (thrown instanceof RtfqError) throw thrown;
      throw connectionLost(url, thrown);
    }
  };
}

async function request(url: string, signal: AbortSignal | undefined): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, signal === undefined ? {} : { signal });
  } catch (thrown) {
    throwIfAborted(signal);
    throw connectionLost(url, thrown);
  }
  if (!response.ok) {
    throw new RtfqError('MODEL_FETCH_FAILED', `the server has no ${url}`, {
      got: `HTTP ${response.status} ${response.statusText}`.trim(),
      expected: 'HTTP 200',
    });
  }
  // Single-page servers answer a wrong path with their start page and HTTP 200.
  if (response.headers.get('content-type')?.startsWith('text/html')) {
    throw new RtfqError('MODEL_FETCH_FAILED', `${url} is a web page`, {
      got: 'content type text/html',
      expected: 'a file of the model',
      hint: 'is the URL right, and is the model copied to where the page is served from?',
    });
  }
  return response;
}

async function readBody(
  response: Response,
  file: string,
  expected: FileReference | null,
  { onProgress }: ReadOptions,
): Promise<Uint8Array<ArrayBuffer>> {
  const limitBytes = expected?.sizeBytes ?? maxManifestBytes;
  const totalBytes = expected?.sizeBytes ?? null;
  const chunks: Uint8Array[] = [];
  let loadedBytes = 0;
  const reader = response.body?.getReader();
  for (;;) {
    const chunk = await reader?.read();
    if (chunk === undefined || chunk.done) break;
    chunks.push(chunk.value);
    loadedBytes += chunk.value.length;
    if (loadedBytes > limitBytes) {
      await reader?.cancel();
      throw new RtfqError('MODEL_INTEGRITY', `${file} is longer than it should be`, {
        got: `more than ${limitBytes} bytes`,
        expected: `${limitBytes} bytes`,
      });
    }
    onProgress?.({ file, loadedBytes, totalBytes });
  }
  return join(chunks, loadedBytes);
}

function join(chunks: readonly Uint8Array[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function connectionLost(url: string, cause: unknown): RtfqError {
  return new RtfqError('MODEL_FETCH_FAILED', `${url} could not be fetched`, {
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'check the connection and, for another origin, that it sends CORS headers',
    cause,
  });
}
