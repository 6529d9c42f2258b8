import { RtfqError } from '../../src/errors.ts';

/** How each call ended: an error's code, or `ok`. Listens to all at once, so that none counts as unhandled. */
export async function outcomesOf(calls: readonly Promise<unknown>[]): Promise<readonly string[]> {
  const settled = await Promise.allSettled(calls);
  return settled.map((outcome) => {
    if (outcome.status === 'fulfilled') return 'ok';
    return outcome.reason instanceof RtfqError ? outcome.reason.code : String(outcome.reason);
  });
}
