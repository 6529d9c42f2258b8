import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

export function countLine({ passed, failed, skipped }: Counts): string {
  const line = `${passed} passed, ${failed} failed`;
  return skipped > 0 ? `${line}, ${skipped} skipped` : line;
}

function isSkipped(test: TestCase): boolean {
  const { state } = test.result();
  // A test that was started and never finished stays 'pending'; that is no skip.
  return state === 'skipped' || (state === 'pending' && test.options.mode !== 'run');
}

/**
 * Counts a finished run. A file that could not be collected, a suite whose hook failed and an
 * unhandled error count as one failure each: none of them belongs to a test.
 */
export function countRun(
  modules: readonly TestModule[],
  unhandledErrors: readonly SerializedError[],
): Counts {
  let passed = 0;
  let failed = unhandledErrors.length;
  let skipped = 0;
  for (const module of modules) {
    failed += module.errors().length;
    for (const suite of module.children.allSuites()) failed += suite.errors().length;
    for (const test of module.children.allTests()) {
      if (test.result().state === 'passed') passed += 1;
      else if (isSkipped(test)) skipped += 1;
      else failed += 1;
    }
  }
  return { passed, failed, skipped };
}

/** Prints `N passed, N failed` as the last line of the run and keeps the exit code in step. */
export class CountReporter implements Reporter {
  #counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  #watching = false;

  onInit(vitest: { config: { watch: boolean } }): void {
    this.#watching = vitest.config.watch;
    if (!this.#watching) process.once('exit', (code) => this.#finish(code));
  }

  onTestRunEnd(modules: readonly TestModule[], unhandledErrors: readonly SerializedError[]): void {
    this.#counts = countRun(modules, unhandledErrors);
    if (this.#watching) console.log(countLine(this.#counts));
  }

  // At exit, because other reporters and Vitest itself print after the run's end.
  #finish(code: number): void {
    const { passed, failed, skipped } = this.#counts;
    const nothingRan = passed + failed === 0;
    const lostFailure = failed === 0 && (code !== 0 || nothingRan);
    const counts = { passed, failed: lostFailure ? 1 : failed, skipped };
    if (counts.failed > 0 && code === 0) process.exitCode = 1;
    console.log(countLine(counts));
  }
}
