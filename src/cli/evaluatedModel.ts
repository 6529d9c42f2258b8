import { type Model, openModel } from '../model/reader.ts';
import type { PredictLogits } from './evaluateModel.ts';
import { formatDuration } from './format.ts';
import { modelFolder, readFilesFrom, readFilesOf } from './modelFiles.ts';
import type { ProgressLine } from './progressLine.ts';

/** What `rtfq eval` measures: a model, or what a training run would end with now. */
export interface EvaluatedModel {
  readonly model: Model;
  /** Folder of the model; null for a run's, which is in no folder. */
  readonly dir: string | null;
  /** Steps that the run had taken; null for a model. */
  readonly step: number | null;
  /** The fake-quantized network that the model was exported from; null for a model. */
  readonly predict: PredictLogits | null;
  dispose(): void;
}

/** @param path the model's folder, or its model.json */
export async function openEvaluatedModel(path: string): Promise<EvaluatedModel> {
  const dir = await modelFolder(path);
  const model = await openModel(readFilesFrom(dir));
  return { model, dir, step: null, predict: null, dispose: () => undefined };
}

export interface EvaluatedRunOptions {
  /** The run's folder, or its checkpoint. */
  readonly run: string;
  /** Folder of unlabelled pictures. */
  readonly target: string;
  readonly progress: ProgressLine;
  readonly signal: AbortSignal;
}

export async function openEvaluatedRun(options: EvaluatedRunOptions): Promise<EvaluatedModel> {
  const { progress, ...rest } = options;
  const { exportCheckpoint } = await import('../training/node/exportCheckpoint.ts');
  const startMs = performance.now();
  const { files, step, predict, dispose } = await exportCheckpoint({
    ...rest,
    onSubnet: (done, total) => {
      const leftMs = ((performance.now() - startMs) * (total - done)) / done;
      progress.show(done, total, `calibrating subnets, ${formatDuration(leftMs)} left`);
    },
  });
  return { model: await openModel(readFilesOf(files)), dir: null, step, predict, dispose };
}
