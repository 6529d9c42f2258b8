/** What is to go wrong in a worker, or be watched. */
export interface WorkerFaults {
  /** Pages of 64 KiB that each WebAssembly memory may have: the browser then really gives no more. */
  readonly memoryPages?: number;
  /** `performance.now` leaps by up to so many milliseconds, forwards and back, from call to call. */
  readonly clockJumpMs?: number;
  /** Whatever a BroadcastChannel of this name says: the worker's GPU devices are destroyed, and it answers. */
  readonly deviceLossAs?: string;
  /** Tells a BroadcastChannel of this name of each use of the network and of each evaluation of text. */
  readonly watchedAs?: string;
}

/** What a watched worker tells. */
export interface WatchedUse {
  readonly kind: 'network' | 'eval';
  readonly detail: string;
}

/** The package's own worker, with faults. */
export function makeFaultyWorker(faults: WorkerFaults): Worker {
  return new Worker(new URL('./main.ts', import.meta.url), {
    type: 'module',
    name: JSON.stringify(faults),
  });
}
