import { RtfqError } from '../errors.ts';
import type { Backend, BackendName } from './backend.ts';

/** `auto` takes the first that this device can run, in this order. */
export type BackendChoice = BackendName | 'auto';
const preference: readonly BackendName[] = ['webgpu', 'wasm', 'reference'];

export interface RefusedBackend {
  readonly name: BackendName;
  readonly reason: string;
}

export interface OpenedBackend {
  readonly backend: Backend;
  /** Backends that were preferred but cannot run here, and why. */
  readonly refused: readonly RefusedBackend[];
}

/**
 * Opens the wished-for backend, or the best there is. Only a backend that says it cannot run here is passed
 * over: after a lost connection, say, the slower one would hide a failure that trying again may mend.
 * @throws RtfqError `BACKEND_UNAVAILABLE` when the named one, or with `auto` each, cannot run here; whatever
 * else opening threw
 */
export async function openBackend(choice: BackendChoice = 'auto'): Promise<OpenedBackend> {
  const candidates = choice === 'auto' ? preference : [choice];
  const refused: RefusedBackend[] = [];
  let cause: unknown;
  for (const name of candidates) {
    try {
      return { backend: await openers[name](), refused };
    } catch (thrown) {
      const error = RtfqError.from(thrown);
      if (error.code !== 'BACKEND_UNAVAILABLE') throw error;
      refused.push({ name, reason: error.message });
      cause = error;
    }
  }
  throw new RtfqError('BACKEND_UNAVAILABLE', 'no backend can run here', {
    got: refused.map(({ name, reason }) => `${name}: ${reason}`).join(' | '),
    hint: "use backend: 'auto' to take the best one that can",
    cause,
  });
}

// Loaded when asked for, so that a page fetches only the backend it runs.
const openers: Record<BackendName, () => Promise<Backend>> = {
  webgpu: async () => (await import('./webgpu/backend.ts')).openWebgpuBackend(),
  wasm: async () => (await import('./wasm/backend.ts')).openWasmBackend(),
  reference: async () => (await import('./reference/backend.ts')).openReferenceBackend(),
};
