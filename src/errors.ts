/**
 * Every failure a user can meet. The list is closed: documentation and tests go through it code by code.
 */
export const errorCodes = [
  'INVALID_ARGUMENT',
  'UNSUPPORTED_IMAGE',
  'IMAGE_DECODE_FAILED',
  'MODEL_FETCH_FAILED',
  'MODEL_FORMAT',
  'MODEL_INTEGRITY',
  'WEIGHTS_FORMAT',
  'DATASET_FORMAT',
  'UNKNOWN_SUBNET',
  'BACKEND_UNAVAILABLE',
  'OUT_OF_MEMORY',
  'DEVICE_LOST',
  'WORKER_DIED',
  'CAMERA_UNAVAILABLE',
  'CAMERA_DENIED',
  'CAMERA_NOT_FOUND',
  'CAMERA_BUSY',
  'CAMERA_LOST',
  'SUPERSEDED',
  'ABORTED',
  'DISPOSED',
  'INTERNAL',
] as const;

/** What went wrong, for code: docs/faq.md has the cure for each. */
export type RtfqErrorCode = (typeof errorCodes)[number];

/** What an error tells besides its code and summary. */
export interface RtfqErrorDetails {
  /** What was found, in words or as a value. */
  readonly got?: unknown;
  /** What would have been right. */
  readonly expected?: unknown;
  /** What the reader can do about it. */
  readonly hint?: string;
  readonly cause?: unknown;
}

/** The form in which an error crosses the worker boundary: plain data, structured-clone safe. */
export interface SerializedError {
  readonly code: RtfqErrorCode;
  readonly message: string;
  readonly got?: string;
  readonly expected?: string;
  readonly hint?: string;
}

/** A failure with a stable `code`, what was got, what was expected and what to do. */
export class RtfqError extends Error {
  override readonly name = 'RtfqError';
  readonly code: RtfqErrorCode;
  /** What was found. */
  readonly got: string | undefined;
  /** What would have been right. */
  readonly expected: string | undefined;
  /** What can be done about it. */
  readonly hint: string | undefined;
  /** The message without the details, as it was given. */
  readonly summary: string;

  constructor(code: RtfqErrorCode, summary: string, details: RtfqErrorDetails = {}) {
    const got = describe(details.got);
    const expected = describe(details.expected);
    const parts = [
      summary,
      expected === undefined ? '' : `expected ${expected}`,
      got === undefined ? '' : `got ${got}`,
      details.hint ?? '',
    ];
    super(parts.filter(Boolean).join('; '), { cause: details.cause });
    this.code = code;
    this.summary = summary;
    this.got = got;
    this.expected = expected;
    this.hint = details.hint;
  }

  /** @internal For the worker boundary, where an error's own fields are lost. */
  serialize(): SerializedError {
    return {
      code: this.code,
      message: this.summary,
      ...(this.got === undefined ? {} : { got: this.got }),
      ...(this.expected === undefined ? {} : { expected: this.expected }),
      ...(this.hint === undefined ? {} : { hint: this.hint }),
    };
  }

  /** @internal */
  static deserialize(error: SerializedError): RtfqError {
    return new RtfqError(error.code, error.message, error);
  }

  /** Wraps anything thrown; an RtfqError comes back as it is, an AbortError as `ABORTED`. */
  static from(thrown: unknown, code: RtfqErrorCode = 'INTERNAL'): RtfqError {
    if (thrown instanceof RtfqError) return thrown;
    if (thrown instanceof Error && thrown.name === 'AbortError') {
      return new RtfqError('ABORTED', 'the operation was aborted by its signal', { cause: thrown });
    }
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new RtfqError(code, message, { cause: thrown });
  }
}

/** Refuses what a caller gave. @throws RtfqError `INVALID_ARGUMENT`, naming the argument */
export function invalidArgument(argument: string, got: unknown, expected: string): never {
  throw new RtfqError('INVALID_ARGUMENT', argument, {
    got: got === undefined ? 'nothing' : got,
    expected,
  });
}

/** Throws `ABORTED` when the signal has fired; to be called after each await of a long operation. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortedBy(signal);
}

/** The `ABORTED` that a fired signal stands for. */
export function abortedBy(signal: AbortSignal): RtfqError {
  return new RtfqError('ABORTED', 'the operation was aborted by its signal', {
    cause: signal.reason,
  });
}

/**
 * The work's outcome, or `ABORTED` as soon as the signal fires: for work that cannot be told to stop, or that others
 * share. What it brings after that is nobody's: a caller who has to free it listens to the work itself.
 * @param errorOf what a fired signal stands for, where it is not `ABORTED`
 */
export function untilAborted<T>(
  work: Promise<T>,
  signal: AbortSignal | undefined,
  errorOf: (signal: AbortSignal) => RtfqError = abortedBy,
): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(errorOf(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}

function describe(value: unknown): string | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'bigint') return String(value);
  try {
    return JSON.stringify(value, numbersAsTheyAre) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value); // circular, or with a toJSON that throws
  }
}

/** JSON has no bigints, and null for what is not finite. */
function numbersAsTheyAre(_key: string, value: unknown): unknown {
  const isJson = typeof value !== 'bigint' && (typeof value !== 'number' || Number.isFinite(value));
  return isJson ? value : String(value);
}
