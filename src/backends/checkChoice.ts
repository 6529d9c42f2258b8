import { invalidArgument } from '../errors.ts';
import type { BackendChoice } from './open.ts';

// A record, so that the compiler misses none.
const choices: Record<BackendChoice, true> = {
  auto: true,
  webgpu: true,
  wasm: true,
  tfjs: true,
  reference: true,
};

/** What a host may ask for, checked on the page and by sessions alike. @throws RtfqError `INVALID_ARGUMENT` */
export function checkBackend(backend: BackendChoice): void {
  if (Object.hasOwn(choices, backend)) return;
  invalidArgument('backend', backend, `one of ${Object.keys(choices).join(' | ')}`);
}

/** @throws RtfqError `INVALID_ARGUMENT` */
export function checkThreads(threads: number | 'auto'): void {
  if (threads === 'auto') return;
  if (Number.isSafeInteger(threads) && threads >= 1 && threads <= 64) return;
  invalidArgument('threads', threads, "'auto', or a whole number from 1 to 64");
}
