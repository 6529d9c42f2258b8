import { createHook } from 'node:async_hooks';

/**
 * Runs `work` with a signal that fires when the given number of promises has been resolved since its start: going
 * through all numbers aborts the work at each of its awaits.
 * @returns how the work settled, and whether the signal had fired by then
 */
export async function abortAtPoint<T>(
  point: number,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<{ readonly settled: PromiseSettledResult<T>; readonly hasFired: boolean }> {
  const controller = new AbortController();
  let resolved = 0;
  const hook = createHook({
    promiseResolve() {
      resolved += 1;
      if (resolved === point) controller.abort();
    },
  });
  if (point === 0) controller.abort();
  hook.enable();
  const [settled] = await Promise.allSettled([work(controller.signal)]);
  hook.disable();
  return { settled: settled!, hasFired: controller.signal.aborted };
}
