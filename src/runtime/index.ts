// The public names of `rtfq/runtime`: models and sessions without a worker, for Node and for workers of one's own.
export {
  type Backend,
  type BackendName,
  backendNames,
  type OutputName,
  type ThreadsReport,
} from '../backends/backend.ts';
export type { BackendChoice, RefusedBackend } from '../backends/open.ts';
export type { ThreadOptions } from '../backends/wasm/threads/plannedThreads.ts';
export type { CacheProblem } from '../download/fileCache.ts';
export { type LoadOptions, loadModel } from '../download/loadModel.ts';
export { type CachedFile, modelCache } from '../download/modelCache.ts';
export { errorCodes, RtfqError, type RtfqErrorCode, type RtfqErrorDetails } from '../errors.ts';
export type { Frame, HeldFrame, Picture, TensorImage } from '../frames/frame.ts';
export type { RgbaFrame } from '../kernels/resize/contract.ts';
export type {
  Accuracy,
  Cost,
  FileReference,
  Manifest,
  SubnetEntry,
} from '../model/manifest.ts';
export {
  type Model,
  openModel,
  type ReadFile,
  type ReadFileOptions,
  type ReadOptions,
  type ReadProgress,
  type WeightPack,
} from '../model/reader.ts';
export type { LayerTable } from '../model/table.ts';
export type { Subnet } from '../network/subnet.ts';
export type { BitWidth } from '../quant/bits.ts';
export { type OpenedSession, type OpenSessionOptions, openSession } from './openSession.ts';
export type { PrepareOptions, RunResult, Session, TensorResult } from './session.ts';
export type { ReplacedBackend } from './succession.ts';
export { type RankedClass, topClasses } from './topClasses.ts';
