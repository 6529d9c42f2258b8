// The public names of `rtfq/train`: the trainer, for browsers and Node alike. Pictures come from the host; a tfjs
// backend has to be set.
export { RtfqError, type RtfqErrorCode } from '../errors.ts';
export { type ModelContents, type ModelFiles, writeModel } from '../model/writer.ts';
export { encodeCheckpoint, replaceClassifier } from './checkpoint.ts';
export {
  type FloatNetwork,
  randomFloatNetwork,
  readFloatNetwork,
  topologyNames,
} from './floatNetwork.ts';
export { installTrainingKernels } from './kernels/install.ts';
export type { CalibrationImages } from './postTraining/calibration.ts';
export {
  type QuantizeOptions,
  type QuantizeProgress,
  quantizeNetwork,
} from './postTraining/quantizeNetwork.ts';
export { completeRecipe, type PartialRecipe, parseRecipe, type Recipe } from './recipe/recipe.ts';
export { Safetensors } from './safetensors.ts';
export type {
  LabelledPictures,
  PictureRequest,
  Pictures,
  PicturesByResolution,
  TrainingData,
} from './trainer/data.ts';
export { type ExportedRun, type ExportRunOptions, exportRun } from './trainer/exportRun.ts';
export type { HeadStartOptions } from './trainer/headStart.ts';
export { beginRun, disposeRun, type Run } from './trainer/run.ts';
export { decodeRun, encodeRun } from './trainer/runState.ts';
export {
  type CheckpointStore,
  type LogRecord,
  type RunLog,
  type TrainOptions,
  type TrainProgress,
  train,
} from './trainer/train.ts';
export { renderView, type View } from './trainer/view.ts';
