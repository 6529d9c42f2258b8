import type { ThreadsReport } from '../../backend.ts';

/** How many threads the wasm backend may use, and how it gets them. */
export interface ThreadOptions {
  /**
   * How many threads a frame's work is shared by, the session's own included, from 1 to 64; `auto`, the default: one
   * for each core, up to 4. More than one run only where the page is cross-origin isolated.
   */
  readonly threads?: number | 'auto' | undefined;
  /** Makes a worker that runs `rtfq/worker`; without it there is one thread. */
  readonly createThread?: (() => Worker) | undefined;
}

// With more, small layers keep most of them waiting; no machine with more was at hand to measure on.
const mostByThemselves = 4;

/** What can be known before any thread is started. */
export function plannedThreads({ threads = 'auto', createThread }: ThreadOptions): ThreadsReport {
  if (threads === 1) return { count: 1, reason: null };
  const obstacle = obstacleToThreads(createThread !== undefined);
  if (obstacle !== null) return { count: 1, reason: obstacle };
  if (threads !== 'auto') return { count: threads, reason: null };
  const cores = globalThis.navigator?.hardwareConcurrency ?? 1;
  return cores > 1
    ? { count: Math.min(mostByThemselves, cores), reason: null }
    : { count: 1, reason: 'there is one core' };
}

function obstacleToThreads(canCreate: boolean): string | null {
  if (typeof Worker === 'undefined') return 'there are no workers here';
  if (!globalThis.crossOriginIsolated) return 'the page is not cross-origin isolated';
  return canCreate ? null : 'createThread is not given';
}
