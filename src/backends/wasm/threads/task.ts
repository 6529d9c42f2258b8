import type { Address } from '../heap.ts';

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
