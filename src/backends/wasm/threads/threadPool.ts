import { RtfqError } from '../../../errors.ts';
import type { WasmEngine } from '../engine.ts';
import type { Heap } from '../heap.ts';
import { type KernelRunner, partCount, type Scratch, SingleThread, type Work } from '../work.ts';
import { BackOff } from './backOff.ts';
import { Board, boardBytes } from './board.ts';
import { type ThreadTask, threadReady, threadTask } from './task.ts';

// A script that does not answer must not keep a page waiting.
const startTimeoutMs = 3000;
// A part takes less than a millisecond; other programs may keep its thread from running for much longer.
const slices = 10;
const sliceMs = 100;
// Parts end at about the same time: mostly sooner than falling asleep and waking up would take.
const spinMs = 0.1;
const looksPerClock = 50;

/**
 * This thread and workers that help it, all on one memory. They are busy for parts of work only, so that one that is
 * dead or kept from running costs its help and nothing else, unless it holds a part: of that part, nobody else could
 * say whether it will still be written to, and the memory is given up.
 */
export class ThreadPool implements KernelRunner {
  readonly threads: number;
  readonly leastPartMicroseconds: number | undefined;
  readonly #workers: readonly Worker[];
  readonly #board: Board;
  readonly #engine: WasmEngine;
  readonly #alone: SingleThread;
  readonly #mayBlock = mayBlock();
  readonly #backOff = new BackOff();
  #stuck: RtfqError | null = null;

  private constructor(
    workers: readonly Worker[],
    board: Board,
    engine: WasmEngine,
    leastPartMicroseconds: number | undefined,
  ) {
    this.threads = 1 + workers.length;
    this.leastPartMicroseconds = leastPartMicroseconds;
    this.#workers = workers;
    this.#board = board;
    this.#engine = engine;
    this.#alone = new SingleThread(engine.kernels);
  }

  /**
   * Starts workers and has them become threads.
   * @param count of threads, this one included
   * @throws RtfqError `WORKER_DIED` where one cannot be started
   */
  static async open(
    count: number,
    createThread: () => Worker,
    engine: WasmEngine,
    heap: Heap,
    leastPartMicroseconds?: number,
  ): Promise<ThreadPool> {
    const address = heap.allocateZeros(boardBytes);
    const workers: Worker[] = [];
    try {
      for (let thread = 1; thread < count; thread++) workers.push(createThread());
      await Promise.all(
        workers.map((worker, i) =>
          start(worker, {
            kind: threadTask,
            module: engine.module,
            memory: heap.memory,
            board: address,
            thread: i + 1,
          }),
        ),
      );
    } catch (thrown) {
      for (const worker of workers) worker.terminate();
      throw RtfqError.from(thrown);
    }
    return new ThreadPool(
      workers,
      new Board(heap.memory.buffer, address),
      engine,
      leastPartMicroseconds,
    );
  }

  wake(): void {
    if (!this.#backOff.isResting) this.#board.wake();
  }

  run(work: Work, scratch: Scratch): void {
    if (this.#stuck !== null) throw this.#stuck;
    if (partCount(work) === 1 || this.#backOff.isResting) {
      this.#alone.run(work, scratch);
      return;
    }
    this.#board.post(work, scratch);
    this.#board.workOff(this.#engine.kernels, 0);
    this.#awaitOthers();
  }

  dispose(): void {
    for (const worker of this.#workers) worker.terminate();
    this.#board.wake(); // so that they end now
  }

  #awaitOthers(): void {
    if (this.#spinUntilFinished(spinMs)) return;
    const startMs = performance.now();
    // Counted in slices, because all threads stand still while a device sleeps.
    for (let slice = 0; slice < slices; slice++) {
      if (!this.#waitUntilFinished(sliceMs)) continue;
      this.#backOff.waited(performance.now() - startMs);
      return;
    }
    this.#stuck = new RtfqError('DEVICE_LOST', 'a thread of the wasm backend does not come back', {
      got: `no end of its part of the work within ${slices * sliceMs} ms`,
      hint: "threads: 1 does without; a debugger's breakpoint in the worker does this too",
    });
    throw this.#stuck;
  }

  #waitUntilFinished(timeoutMs: number): boolean {
    if (!this.#mayBlock) return this.#spinUntilFinished(timeoutMs);
    this.#board.sleepUntilFinished(timeoutMs);
    return this.#board.isFinished;
  }

  #spinUntilFinished(timeoutMs: number): boolean {
    const endMs = performance.now() + timeoutMs;
    do {
      for (let look = 0; look < looksPerClock; look++) if (this.#board.isFinished) return true;
    } while (performance.now() < endMs);
    return false;
  }
}

function start(worker: Worker, task: ThreadTask): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (got: string) =>
      reject(new RtfqError('WORKER_DIED', 'a thread could not be started', { got }));
    const timer = setTimeout(() => fail(`no answer within ${startTimeoutMs} ms`), startTimeoutMs);
    worker.addEventListener('error', (event) => {
      event.preventDefault();
      fail(event.message || 'its script could not be loaded');
    });
    worker.addEventListener('message', ({ data }) => {
      if (data !== threadReady) return;
      clearTimeout(timer);
      resolve();
    });
    worker.postMessage(task);
  });
}

/** Not on a page's own thread. */
function mayBlock(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0); // returns: 0 is not 1
    return true;
  } catch {
    return false;
  }
}
