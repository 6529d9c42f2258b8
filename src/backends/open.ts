import type { Backend, BackendName } from './backend.ts';

/** `auto`: the fastest that this device can run and that computes rightly. */
export type BackendChoice = BackendName | 'auto';

/** A backend that was preferred and not taken. */
export interface RefusedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

/** @throws RtfqError `BACKEND_UNAVAILABLE` when it cannot run here; whatever else opening threw */
export function openBackend(name: BackendName): Promise<Backend> {
  return openers[name]();
}

// Loaded when asked for, so that a page fetches only the backend it runs.
const openers: Record<BackendName, () => Promise<Backend>> = {
  webgpu: async () => (await import('./webgpu/backend.ts')).openWebgpuBackend(),
  wasm: async () => (await import('./wasm/backend.ts')).openWasmBackend(),
  tfjs: async () => (await import('./tfjs/backend.ts')).openTfjsBackend(),
  reference: async () => (await import('./reference/backend.ts')).openReferenceBackend(),
};
