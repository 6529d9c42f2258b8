export type { BackendName } from './backends/backend.ts';
export type { BackendChoice, RefusedBackend } from './backends/open.ts';
export { createClassifier } from './client/classifier.ts';
export type * from './client/types.ts';
export { type CachedFile, modelCache } from './download/modelCache.ts';
export { RtfqError, type RtfqErrorCode } from './errors.ts';
export type { Subnet } from './network/subnet.ts';
export type { RankedClass } from './runtime/topClasses.ts';
