import type { Backend, BackendName } from './backend.ts';
import type { ThreadOptions } from './wasm/threads/plannedThreads.ts';

/** `auto`: the fastest that this device can run and that computes rightly. */
export type BackendChoice = BackendName | 'auto';

/** A backend that was preferred and not taken. */
export interface RefusedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

/** @throws RtfqError `BACKEND_UNAVAILABLE` when it cannot run here; whatever else opening threw */
export function openBackend(name: BackendName, threads: ThreadOptions = {}): Promise<Backend> {
  return openers[name](threads);
}

// Loaded when asked for, so that a page fetches only the backend it runs.
const openers: Record<BackendName, (threads: ThreadOptions) => Promise<Backend>> = {
  webgpu: async () => (await import('./webgpu/backend.ts')).openWebgpuBackend(),
  wasm: async (threads) => (await import('./wasm/backend.ts')).openWasmBackend(threads),
  tfjs: async () => (await import('./tfjs/backend.ts')).openTfjsBackend(),
  reference: async () => (await import('./reference/backend.ts')).openReferenceBackend(),
};
