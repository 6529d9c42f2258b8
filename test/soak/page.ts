import { runSoak, type SoakOptions, type SoakReport } from './soakRun.ts';

declare global {
  var soakRtfq: (options: SoakOptions) => Promise<SoakReport>;
  /** Given by the process that drives the page. */
  var measureRtfqHeap: (framesSoFar: number) => Promise<number>;
}

globalThis.soakRtfq = (options) => runSoak(options, (frames) => globalThis.measureRtfqHeap(frames));
