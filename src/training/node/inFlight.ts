/**
 * Does some work for each value, for a few of them at a time.
 * @returns the results in the order of the values
 * @throws the first failure; by then nothing is at work any more
 */
export async function mapInFlight<Value, Result>(
  values: readonly Value[],
  most: number,
  work: (value: Value, index: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const results = new Array<Result>(values.length);
  const waiting = values.entries();
  let hasFailed = false;
  const workOnWaiting = async (): Promise<void> => {
    for (const [index, value] of waiting) {
      if (hasFailed) return;
      try {
        results[index] = await work(value, index);
      } catch (thrown) {
        hasFailed = true;
        throw thrown;
      }
    }
  };
  const workers = Array.from({ length: most }, workOnWaiting);
  for (const outcome of await Promise.allSettled(workers)) {
    if (outcome.status === 'rejected') throw outcome.reason;
  }
  return results;
}
