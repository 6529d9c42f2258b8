import { type KernelName, kernelNames } from '../../../kernels/division.ts';
import type { Address } from '../heap.ts';
import { type Kernel, partCount, runPart, type Scratch, type Work } from '../work.ts';

// Places in the board, in 32-bit words. What several threads write to has a cache line to itself.
const line = 16;
const left = 0;
const unfinished = line;
const posted = 2 * line;
const workWords = 3 * line;
export const boardBytes = 4 * line * 4;

/**
 * Where threads find work: some words of the memory that they share.
 *
 * One thread posts a work at a time and waits until it is finished. Whoever is free claims parts by counting `left`
 * down: a claim is always one of the work that stands there, however late it comes, because the next work is posted
 * only when every claimed part has been finished.
 */
export class Board {
  readonly #words: Int32Array<ArrayBufferLike>;

  constructor(memory: ArrayBufferLike, address: Address) {
    this.#words = new Int32Array(memory, address, boardBytes / 4);
  }

  post(work: Work, scratch: Scratch): void {
    const words = this.#words;
    words[workWords] = kernelNames.indexOf(work.kernel);
    words[workWords + 1] = work.args;
    words[workWords + 2] = work.rows;
    words[workWords + 3] = work.rowsPerPart;
    words[workWords + 4] = work.channels;
    words[workWords + 5] = work.channelsPerPart;
    words[workWords + 6] = scratch.address;
    words[workWords + 7] = scratch.bytesPerThread;
    const parts = partCount(work);
    Atomics.store(words, unfinished, parts);
    Atomics.store(words, left, parts);
    this.wake();
  }

  /** Threads that sleep look again. */
  wake(): void {
    Atomics.add(this.#words, posted, 1);
    Atomics.notify(this.#words, posted);
  }

  /**
   * Does parts of the posted work until there is none to be had.
   * @param thread whose scratch memory to use, from 0 on
   */
  workOff(kernels: Readonly<Record<KernelName, Kernel | undefined>>, thread: number): void {
    const words = this.#words;
    for (let index = this.#claim(); index >= 0; index = this.#claim()) {
      const work: Work = {
        kernel: kernelNames[words[workWords]!]!,
        args: words[workWords + 1]!,
        rows: words[workWords + 2]!,
        rowsPerPart: words[workWords + 3]!,
        channels: words[workWords + 4]!,
        channelsPerPart: words[workWords + 5]!,
      };
      const scratch = words[workWords + 6]! + thread * words[workWords + 7]!;
      runPart(kernels[work.kernel]!, work, index, scratch);
      if (Atomics.sub(words, unfinished, 1) === 1) Atomics.notify(words, unfinished);
    }
  }

  /** @returns the index of a part that is now the caller's; below 0 where there is none */
  #claim(): number {
    const words = this.#words;
    for (;;) {
      const parts = Atomics.load(words, left);
      if (parts === 0) return -1;
      if (Atomics.compareExchange(words, left, parts, parts - 1) === parts) return parts - 1;
    }
  }

  get isFinished(): boolean {
    return Atomics.load(this.#words, unfinished) === 0;
  }

  /** Changes with each call of `wake`. */
  get wakes(): number {
    return Atomics.load(this.#words, posted);
  }

  /** Sleeps until `wakes` differs from what it was, or for so long. Where threads may block only. */
  sleep(wakes: number, timeoutMs: number): void {
    Atomics.wait(this.#words, posted, wakes, timeoutMs);
  }

  /** Sleeps until the work may be finished, or for so long. Where threads may block only. */
  sleepUntilFinished(timeoutMs: number): void {
    const parts = Atomics.load(this.#words, unfinished);
    if (parts !== 0) Atomics.wait(this.#words, unfinished, parts, timeoutMs);
  }
}
