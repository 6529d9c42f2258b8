// The public names of `rtfq/train`: the trainer, for browsers and Node alike. Pictures come from the host; a tfjs
// backend has to be set.
export { errorCodes, RtfqError, type RtfqErrorCode, type RtfqErrorDetails } from '../errors.ts';
export {
  type IntegerWeights,
  type ModelContents,
  type ModelFiles,
  type SubnetContents,
  writeModel,
} from '../model/writer.ts';
export type { PinnedBits, Topology, TopologyLayer } from '../network/topology.ts';
export type { BitWidth } from '../quant/bits.ts';
export { encodeCheckpoint, replaceClassifier } from './checkpoint.ts';
export type { CheckpointMetadata, PixelNormalisation } from './checkpointConventions.ts';
export {
  type FloatLayer,
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
export type { SubnetLosses } from './sandwich/lossLog.ts';
export type { StepReport } from './sandwich/step.ts';
export type { ChannelStatistics, SubnetStatistics } from './supernet/batchNorm.ts';
export type { StatisticsBySubnet } from './supernet/calibrate.ts';
export type { ColourJitter } from './trainer/colourJitter.ts';
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
