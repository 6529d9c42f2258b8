// A thread that does some parts rightly, and then holds one for so long that nobody waits for it any more. After that
// it works on, as one does that the system had not let run.
import { instantiateKernels, type KernelExports } from '../../src/backends/wasm/engine.ts';
import { Board } from '../../src/backends/wasm/threads/board.ts';
import { type ThreadTask, threadReady } from '../../src/backends/wasm/threads/task.ts';
import type { Kernel } from '../../src/backends/wasm/work.ts';

const goodParts = 500;
const hangMs = 2500;

self.onmessage = async ({ data }: MessageEvent<ThreadTask>) => {
  const real = await instantiateKernels(data.module, data.memory);
  let parts = 0;
  const hanging = Object.entries(real).map(([name, kernel]) => [
    name,
    (...given: Parameters<Kernel>) => {
      parts += 1;
      if (parts === goodParts) hang();
      (kernel as Kernel)(...given);
    },
  ]);
  const kernels = Object.fromEntries(hanging) as KernelExports;
  const board = new Board(data.memory.buffer, data.board);
  self.postMessage(threadReady);
  for (;;) {
    const { wakes } = board;
    board.workOff(kernels, data.thread);
    board.sleep(wakes, 1000);
  }
};

function hang(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, hangMs);
}
