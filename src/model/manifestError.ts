import { RtfqError } from '../errors.ts';

/** Refuses a manifest. @throws RtfqError `MODEL_FORMAT`, naming the field */
export function fail(field: string, got: unknown, expected: unknown): never {
  throw new RtfqError('MODEL_FORMAT', `model.json: ${field}`, { got, expected });
}

export function expectEqual(field: string, got: number | string, expected: number | string): void {
  if (got !== expected) fail(field, got, expected);
}
