import { RtfqError, throwIfAborted } from '../errors.ts';

export interface RequestOptions {
  readonly signal: AbortSignal | undefined;
  /** As `fetch` has it: how the browser's HTTP cache takes part. */
  readonly cache: RequestCache;
}

/** A file's bytes, from `offset` on. */
export interface Answer {
  readonly response: Response;
  readonly offset: number;
}

/**
 * Asks for a file, from an offset on where the server can do that; an answer may begin before it.
 * @throws RtfqError `MODEL_FETCH_FAILED` | `ABORTED`
 */
export async function requestFrom(
  url: string,
  offset: number,
  options: RequestOptions,
): Promise<Answer> {
  if (offset > 0) {
    const answer = await requestRange(url, offset, options);
    if (answer !== null) return answer;
  }
  return { response: await send(url, {}, options).then((got) => expectFile(url, got)), offset: 0 };
}

/** null where the server, or its CORS rules, do not take ranges. */
async function requestRange(
  url: string,
  offset: number,
  options: RequestOptions,
): Promise<Answer | null> {
  const response = await send(url, { Range: `bytes=${offset}-` }, options).catch((thrown) => {
    throwIfAborted(options.signal);
    if (RtfqError.from(thrown).code === 'MODEL_FETCH_FAILED') return null;
    throw thrown;
  });
  if (response === null) return null;
  if (response.status === 200) return { response: expectFile(url, response), offset: 0 };
  // Another origin may keep the header to itself; the file's hash tells whether the bytes were the right ones.
  const range = response.headers.get('content-range');
  if (response.status === 206 && (range ?? `bytes ${offset}-`).startsWith(`bytes ${offset}-`)) {
    return { response: expectFile(url, response), offset };
  }
  await response.body?.cancel();
  return null;
}

async function send(
  url: string,
  headers: Readonly<Record<string, string>>,
  { signal, cache }: RequestOptions,
): Promise<Response> {
  try {
    return await fetch(url, { headers, cache, ...(signal === undefined ? {} : { signal }) });
  } catch (thrown) {
    throwIfAborted(signal);
    throw connectionLost(url, thrown);
  }
}

function expectFile(url: string, response: Response): Response {
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

export function connectionLost(url: string, cause: unknown): RtfqError {
  return new RtfqError('MODEL_FETCH_FAILED', `${url} could not be fetched`, {
    got: cause instanceof Error ? cause.message : String(cause),
    hint: 'check the connection and, for another origin, that it sends CORS headers',
    cause,
  });
}
