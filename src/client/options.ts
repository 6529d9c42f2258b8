import { checkBackend, checkThreads } from '../backends/checkChoice.ts';
import type { BackendChoice } from '../backends/open.ts';
import type { Budget } from '../budget/budget.ts';
import { checkBudget } from '../budget/checkBudget.ts';
import { invalidArgument } from '../errors.ts';
import { browserSignals } from './browserSignals.ts';
import { LabelSmoothing } from './labelSmoothing.ts';
import type { SignalProviders } from './signalRelay.ts';
import type { ClassifierOptions, ClassifyOptions, ImageSource, StreamOptions } from './types.ts';

const defaultTopK = 5;

/** Options as the rest of the client wants them: complete, URLs absolute. */
export interface CheckedOptions {
  readonly modelUrl: string;
  /** `sha256-BASE64` of model.json; null where its origin is trusted as the page's own. */
  readonly integrity: string | null;
  readonly backend: BackendChoice;
  readonly threads: number | 'auto';
  readonly budget: Budget;
  readonly workerUrl: URL | undefined;
  readonly createWorker: (() => Worker) | undefined;
  readonly signals: Partial<SignalProviders>;
  readonly clock: () => number;
  readonly cache: boolean;
}

// A record, so that the compiler misses none.
const signalNames: Record<keyof SignalProviders, true> = {
  battery: true,
  pressure: true,
  visible: true,
  saveData: true,
};

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkOptions(options: ClassifierOptions): CheckedOptions {
  expectRecord('options', options);
  const {
    model,
    backend = 'auto',
    threads = 'auto',
    budget = {},
    workerUrl,
    createWorker,
    clock,
    cache = true,
  } = options;
  checkBackend(backend);
  checkThreads(threads);
  if (createWorker !== undefined && typeof createWorker !== 'function') {
    invalidArgument('createWorker', createWorker, 'a function');
  }
  if (clock !== undefined && typeof clock !== 'function')
    invalidArgument('clock', clock, 'a function');
  if (typeof cache !== 'boolean') invalidArgument('cache', cache, 'true or false');
  checkBudget(budget);
  const modelUrl = absoluteUrl('model', model).href;
  return {
    modelUrl,
    integrity: checkIntegrity(modelUrl, options.integrity),
    backend,
    threads,
    budget,
    workerUrl: workerUrl === undefined ? undefined : absoluteUrl('workerUrl', workerUrl),
    createWorker,
    signals: checkSignals(options.signals ?? {}),
    clock: clock ?? (() => performance.now()),
    cache,
  };
}

/** Whoever controls another origin could otherwise exchange the model for one that lies. */
function checkIntegrity(modelUrl: string, integrity: string | undefined): string | null {
  if (integrity !== undefined) {
    const isHash = typeof integrity === 'string' && /^sha256-[A-Za-z0-9+/]{43}=$/.test(integrity);
    return isHash
      ? integrity
      : invalidArgument('integrity', integrity, 'sha256- and 44 characters of base64');
  }
  const own = globalThis.location?.origin;
  const { origin, protocol } = new URL(modelUrl);
  // What a page made itself has no origin but is its own.
  if (own === undefined || origin === own || protocol === 'data:') return null;
  return invalidArgument(
    'integrity',
    undefined,
    `the hash of ${modelUrl}: it is of another origin`,
  );
}

function checkSignals(given: NonNullable<ClassifierOptions['signals']>): Partial<SignalProviders> {
  expectRecord('signals', given);
  for (const [name, provider] of Object.entries(given)) {
    if (!Object.hasOwn(signalNames, name)) {
      invalidArgument('signals', name, Object.keys(signalNames).join(', '));
    }
    if (provider !== 'unknown' && provider !== undefined && typeof provider !== 'function') {
      invalidArgument(`signals.${name}`, provider, "a function or 'unknown'");
    }
  }
  const chosen = Object.entries(browserSignals).map(
    ([name, own]) => [name, given[name as keyof SignalProviders] ?? own] as const,
  );
  return Object.fromEntries(chosen.filter(([, provider]) => provider !== 'unknown'));
}

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkClassifyOptions(options: ClassifyOptions): {
  readonly topK: number;
  readonly signal: AbortSignal | undefined;
  readonly smoothing: LabelSmoothing | undefined;
} {
  expectRecord('options', options);
  const { topK = defaultTopK, signal, smoothing } = options;
  if (!Number.isSafeInteger(topK) || topK < 1)
    invalidArgument('topK', topK, 'a whole number from 1 on');
  if (smoothing !== undefined && !(smoothing instanceof LabelSmoothing)) {
    invalidArgument('smoothing', smoothing, 'a LabelSmoothing');
  }
  return { topK, signal, smoothing };
}

/**
 * What each frame of a stream is classified with.
 * @throws RtfqError `INVALID_ARGUMENT`
 */
export function checkStreamOptions(options: StreamOptions): ClassifyOptions {
  expectRecord('options', options);
  const { topK, signal, smoothingMs } = options;
  const frameOptions = {
    ...(topK === undefined ? {} : { topK }),
    ...(signal === undefined ? {} : { signal }),
    ...(smoothingMs === undefined ? {} : { smoothing: new LabelSmoothing(smoothingMs) }),
  };
  checkClassifyOptions(frameOptions);
  return frameOptions;
}

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkSource(source: AsyncIterable<ImageSource>): AsyncIterable<ImageSource> {
  if (typeof source?.[Symbol.asyncIterator] !== 'function') {
    invalidArgument('source', source, 'an async iterable of pictures, such as a camera');
  }
  return source;
}

function absoluteUrl(field: string, url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return invalidArgument(field, String(url), 'a URL');
  }
}

function expectRecord(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) invalidArgument(field, value, 'an object');
}
