import { expose } from 'comlink';
import { becomeThreadWhenAsked } from '../backends/wasm/threads/becomeThread.ts';
import { Host } from './host.ts';

// A server that imports every entry has nobody to expose it to.
if ('addEventListener' in globalThis) {
  expose(new Host());
  becomeThreadWhenAsked(globalThis);
}
