import type { LoadProgress } from '../index.ts';

/** Adds up the progress of several files. */
export class DownloadTally {
  readonly #files = new Map<string, LoadProgress>();

  add(progress: LoadProgress): void {
    this.#files.set(progress.file, progress);
  }

  get loadedBytes(): number {
    return this.#sum((file) => file.loadedBytes);
  }

  /** Of the files heard of so far; a file of unknown size counts with what has come of it. */
  get totalBytes(): number {
    return this.#sum((file) => Math.max(file.totalBytes ?? 0, file.loadedBytes));
  }

  /** Names of the files heard of. */
  get files(): Iterable<string> {
    return this.#files.keys();
  }

  /** The file that is on its way; null when all heard of are there. */
  get current(): string | null {
    for (const { file, loadedBytes, totalBytes } of this.#files.values()) {
      if (totalBytes !== null && loadedBytes < totalBytes) return file;
    }
    return null;
  }

  #sum(bytesOf: (file: LoadProgress) => number): number {
    let sum = 0;
    for (const file of this.#files.values()) sum += bytesOf(file);
    return sum;
  }
}
