import { instantiateKernels, type KernelExports } from '../engine.ts';
import { Board } from './board.ts';
import { type ThreadScope, type ThreadTask, threadReady } from './task.ts';

/** Takes parts of whatever work is posted, as long as the worker lives. */
export async function help(scope: ThreadScope, task: ThreadTask): Promise<void> {
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
