import type { BackendChoice } from '../backends/open.ts';
import { RtfqError } from '../errors.ts';
import type { Budget, ClassifierOptions, ClassifyOptions, Pin } from './types.ts';

const defaultTopK = 5;

/** Options as the rest of the client wants them: complete, URLs absolute. */
export interface CheckedOptions {
  readonly modelUrl: string;
  readonly backend: BackendChoice;
  readonly budget: Budget;
  readonly workerUrl: URL | undefined;
  readonly createWorker: (() => Worker) | undefined;
}

// A record, so that the compiler misses none.
const backendChoices: Record<BackendChoice, true> = {
  auto: true,
  webgpu: true,
  wasm: true,
  reference: true,
};
const budgetFields: Record<keyof Budget, true> = { latencyMs: true, fps: true, minAccuracy: true };
const pinFields: Record<keyof Exclude<Pin, 'auto'>, true> = {
  width: true,
  resolution: true,
  bits: true,
};

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkOptions(options: ClassifierOptions): CheckedOptions {
  expectRecord('options', options);
  const { model, backend = 'auto', budget = {}, workerUrl, createWorker } = options;
  if (!Object.hasOwn(backendChoices, backend)) {
    fail('backend', backend, `one of ${Object.keys(backendChoices).join(' | ')}`);
  }
  if (createWorker !== undefined && typeof createWorker !== 'function') {
    fail('createWorker', createWorker, 'a function');
  }
  checkBudget(budget);
  return {
    modelUrl: absoluteUrl('model', model).href,
    backend,
    budget,
    workerUrl: workerUrl === undefined ? undefined : absoluteUrl('workerUrl', workerUrl),
    createWorker,
  };
}

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkBudget(budget: Budget): void {
  expectRecord('budget', budget);
  expectFields('budget', budget, budgetFields);
  const { latencyMs, fps, minAccuracy } = budget;
  expectPositive('budget.latencyMs', latencyMs);
  expectPositive('budget.fps', fps);
  expectFraction('budget.minAccuracy', minAccuracy);
}

/** Whether the model has such a subnet is the worker's to say. @throws RtfqError `INVALID_ARGUMENT` */
export function checkPin(pin: Pin): void {
  if (pin === 'auto') return;
  expectRecord('pin', pin);
  expectFields('pin', pin, pinFields);
  for (const [field, value] of Object.entries(pin)) expectPositive(`pin.${field}`, value);
}

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkClassifyOptions(options: ClassifyOptions): {
  readonly topK: number;
  readonly signal: AbortSignal | undefined;
} {
  expectRecord('options', options);
  const { topK = defaultTopK, signal } = options;
  if (!Number.isSafeInteger(topK) || topK < 1) fail('topK', topK, 'a whole number from 1 on');
  return { topK, signal };
}

function absoluteUrl(field: string, url: string | URL): URL {
  try {
    return new URL(url, globalThis.document?.baseURI ?? globalThis.location?.href);
  } catch {
    return fail(field, String(url), 'a URL');
  }
}

function expectRecord(field: string, value: unknown): void {
  if (typeof value !== 'object' || value === null) fail(field, value, 'an object');
}

function expectFields(field: string, value: object, known: Record<string, true>): void {
  for (const name of Object.keys(value)) {
    if (!Object.hasOwn(known, name)) fail(field, name, Object.keys(known).join(', '));
  }
}

function expectPositive(field: string, value: unknown): void {
  if (value === undefined) return;
  if (typeof value !== 'number' || !Number.isFinite(value) || value <= 0) {
    fail(field, value, 'a positive number');
  }
}

function expectFraction(field: string, value: unknown): void {
  if (value === undefined) return;
  // NaN is in no range.
  if (typeof value !== 'number' || !(value >= 0 && value <= 1)) {
    fail(field, value, 'a fraction, 0 to 1');
  }
}

function fail(field: string, got: unknown, expected: string): never {
  throw new RtfqError('INVALID_ARGUMENT', field, {
    got: got === undefined ? 'nothing' : got,
    expected,
  });
}
