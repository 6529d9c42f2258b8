import { type HeapBytes, runSoak, type SoakOptions, type SoakReport } from './soakRun.ts';

declare global {
  var soakRtfq: (options: SoakOptions) => Promise<SoakReport>;
  /** Given by the process that drives the page. */
  var measureRtfqHeaps: (framesSoFar: number) => Promise<HeapBytes>;
}

globalThis.soakRtfq = (options) =>
  runSoak(options, (frames) => globalThis.measureRtfqHeaps(frames));
