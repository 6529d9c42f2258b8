// A thread that says it is ready, and is never seen again.
import { type ThreadTask, threadReady } from '../../src/backends/wasm/threads/task.ts';

self.onmessage = (_: MessageEvent<ThreadTask>) => {
  self.postMessage(threadReady);
  self.close();
};
