import { expose } from 'comlink';
import { Host } from './host.ts';

// A server that imports every entry has nobody to expose it to.
if ('addEventListener' in globalThis) expose(new Host());
