import { instantiateKernels, type KernelExports } from '../engine.ts';
import type { Address } from '../heap.ts';
import { Board } from './board.ts';

/** Asks a worker to be a thread from now on. It answers with `threadReady`, and to nothing after that. */
export interface ThreadTask {
  readonly kind: typeof threadTask;
  readonly module: WebAssembly.Module;
  readonly memory: WebAssembly.Memory;
  readonly board: Address;
  /** Its number; 0 is the thread that posts. */
  readonly thread: number;
}

export const threadTask = 'rtfq:thread';
export const threadReady = 'rtfq:ready';

/** What a worker's global scope has of use here. */
export interface ThreadScope {
  addEventListener(type: 'message', listen: (event: MessageEvent<ThreadTask | null>) => void): void;
  postMessage(message: unknown): void;
}

/** Has this worker become a thread when it is asked to, for the rest of its life. */
export function becomeThreadWhenAsked(scope: ThreadScope): void {
  scope.addEventListener('message', ({ data }) => {
    if (data?.kind === threadTask) void becomeThread(scope, data);
  });
}

async function becomeThread(scope: ThreadScope, task: ThreadTask): Promise<void> {
  const { module, memory, board, thread } = task;
  const kernels = await instantiateKernels(module, memory);
  scope.postMessage(threadReady);
  await helpForever(new Board(memory.buffer, board), kernels, thread);
}

// In a frame the next work comes sooner than a sleeping thread would wake up.
const spinMs = 0.4;
const looksPerClock = 100;
// A browser ends a worker that it finds between two tasks at once, and any other after seconds.
const sleepMs = 500;

async function helpForever(board: Board, kernels: KernelExports, thread: number): Promise<never> {
  const { port1, port2 } = new MessageChannel();
  const nextTask = () =>
    new Promise((resolve) => {
      port1.onmessage = resolve;
      port2.postMessage(null);
    });
  for (;;) {
    const { wakes } = board;
    board.workOff(kernels, thread);
    const endMs = performance.now() + spinMs;
    do {
      for (let look = 0; look < looksPerClock && board.wakes === wakes; look++);
    } while (board.wakes === wakes && performance.now() < endMs);
    if (board.wakes !== wakes) continue;
    await nextTask();
    board.sleep(wakes, sleepMs);
  }
}
