import { RtfqError } from '../errors.ts';
import type { Settled } from './protocol.ts';

/** Turns what the work returns or throws into data that crosses the worker boundary whole. */
export async function settle<T>(work: () => T | Promise<T>): Promise<Settled<T>> {
  try {
    return { ok: true, value: await work() };
  } catch (thrown) {
    return { ok: false, error: RtfqError.from(thrown).serialize() };
  }
}
