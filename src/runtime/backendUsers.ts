import type { Backend, Program } from '../backends/backend.ts';

/** Who works on which backend: one that is given up goes once the last of them is done. */
export class BackendUsers {
  readonly #counts = new Map<Backend, number>();
  readonly #retired = new Map<Backend, readonly Program[]>();

  /** Begins at once. */
  async hold<T>(backend: Backend, work: () => T | Promise<T>): Promise<T> {
    this.#counts.set(backend, (this.#counts.get(backend) ?? 0) + 1);
    try {
      return await work();
    } finally {
      const left = this.#counts.get(backend)! - 1;
      if (left > 0) this.#counts.set(backend, left);
      else this.#release(backend);
    }
  }

  /** Disposes of a backend and its programs, now or as soon as no one works on it. */
  retire(backend: Backend, programs: readonly Program[]): void {
    this.#retired.set(backend, programs);
    if (!this.#counts.has(backend)) this.#release(backend);
  }

  #release(backend: Backend): void {
    this.#counts.delete(backend);
    const programs = this.#retired.get(backend);
    if (programs === undefined) return;
    this.#retired.delete(backend);
    for (const program of programs) program.dispose();
    backend.dispose();
  }
}
