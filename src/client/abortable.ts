import { abortedBy } from '../errors.ts';

/**
 * The work's outcome, or `ABORTED` as soon as the signal fires: for work that cannot be told to stop. What it
 * brings after that is nobody's: a caller who has to free it listens to the work itself.
 */
export function abortable<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work;
  return new Promise((resolve, reject) => {
    const abort = () => reject(abortedBy(signal));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort);
    work.then(resolve, reject).finally(() => signal.removeEventListener('abort', abort));
  });
}
