/** For a mistake of the page's own code: it must show there, and not break what called it. */
export function throwLater(thrown: unknown): void {
  queueMicrotask(() => {
    throw thrown;
  });
}
