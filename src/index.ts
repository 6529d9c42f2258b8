export type { BackendName } from './backends/backend.ts';
export type { BackendChoice, RefusedBackend } from './backends/open.ts';
export { browserSignals } from './client/browserSignals.ts';
export { createClassifier } from './client/classifier.ts';
export type * from './client/types.ts';
export { RtfqError, type RtfqErrorCode } from './errors.ts';
export type { Subnet } from './network/subnet.ts';
export type { RankedClass } from './runtime/topClasses.ts';
