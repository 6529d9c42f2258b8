/**
 * Applies values one after another, skipping those that a newer one overtook while it waited.
 * `apply` handles its own failures.
 */
export function newestOnly<Value>(
  apply: (value: Value) => Promise<void>,
): (value: Value) => Promise<void> {
  let waiting: { readonly value: Value } | null = null;
  let running: Promise<void> | null = null;

  async function run(): Promise<void> {
    while (waiting !== null) {
      const { value } = waiting;
      waiting = null;
      await apply(value);
    }
    running = null;
  }

  return (value) => {
    waiting = { value };
    running ??= run();
    return running;
  };
}
