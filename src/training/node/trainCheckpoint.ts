import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { RtfqError } from '../../errors.ts';
import { type ModelFiles, writeModel } from '../../model/writer.ts';
import { installTrainingKernels } from '../kernels/install.ts';
import { parseRecipe, type Recipe } from '../recipe/recipe.ts';
import { totalLoss } from '../sandwich/totalLoss.ts';
import { exportRun } from '../trainer/exportRun.ts';
import { disposeRun } from '../trainer/run.ts';
import { readDataset } from './dataset.ts';
import { readSources } from './modelSources.ts';
import { RunFolder } from './runFolder.ts';
import { readSafetensorsFile } from './safetensorsFile.ts';
import { beginSitting, resumeSitting, type Sitting } from './sitting.ts';
import { openTfjsInNode } from './tfjsBackend.ts';
import { trainInThreads } from './trainInThreads.ts';

export interface TrainCheckpointOptions {
  /** Paths. Without weights training starts from random ones. */
  readonly weights?: string | undefined;
  readonly data: string;
  readonly target: string;
  readonly recipe?: string | undefined;
  readonly sources?: string | undefined;
  /** Folder of the run. */
  readonly out: string;
  readonly topology: string;
  /** Goes on from the folder's checkpoint; a run that is there is an error otherwise. */
  readonly resume: boolean;
  /** In place of the recipe's. */
  readonly steps?: number | undefined;
  /** In place of the recipe's. */
  readonly seed?: number | undefined;
  readonly checkpointEvery?: number | undefined;
  /** Threads that compute shards; one per core when absent, and at most one per shard. 1: no thread. */
  readonly workers?: number | undefined;
  readonly name: string;
  /** How the model was made, for its provenance. */
  readonly command: string;
  readonly onProgress?: ((progress: TrainCheckpointProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
}

export interface TrainCheckpointProgress {
  /** Of the current activity. */
  readonly done: number;
  readonly total: number;
  readonly activity: string;
  /** While training only. */
  readonly step?: { readonly loss: number; readonly leftMs: number };
}

export interface TrainSummary {
  readonly files: ModelFiles;
  readonly steps: number;
  readonly subnets: number;
}

/**
 * Trains a supernet from a float checkpoint, or from nothing, in a run folder, and makes a model of it. A classifier for
 * other classes than the data's is replaced.
 * @throws RtfqError `WEIGHTS_FORMAT` | `DATASET_FORMAT` | `IMAGE_DECODE_FAILED` | `INVALID_ARGUMENT`, also
 *   where the folder holds a run that is not to be resumed, or none that could be | `ABORTED`, with a
 *   checkpoint of the last whole step | `WORKER_DIED`
 */
export async function trainCheckpoint(options: TrainCheckpointOptions): Promise<TrainSummary> {
  const { onProgress, signal } = options;
  const recipe = options.recipe === undefined ? null : await readRecipe(options.recipe);
  const { weights } = options;
  const checkpoint = weights === undefined ? null : await readSafetensorsFile(weights);
  const sources = await readSources(options.sources, {
    weights,
    metadata: checkpoint?.metadata ?? {},
    pictures: [
      { name: `${basename(options.data)} (labelled)`, role: 'training' },
      { name: `${basename(options.target)} (unlabelled)`, role: 'training' },
      { name: `${basename(options.target)} (unlabelled)`, role: 'calibration' },
    ],
  });
  const source = await readDataset(options.data);
  const folder = await RunFolder.open(options.out);
  const saved = await folder.readCheckpoint();
  checkResume(options, saved !== null);

  await openTfjsInNode();
  installTrainingKernels();
  const given = { ...options, recipe, checkpoint, source, folder };
  const sitting = saved === null ? await beginSitting(given) : await resumeSitting(given, saved);
  const { run, data } = sitting;
  try {
    await folder.rewindLog(run.step);
    await trainInThreads(run, data, {
      workers: options.workers,
      checkpoints: folder,
      checkpointEvery: options.checkpointEvery,
      log: folder,
      onProgress: ({ step, steps, leftMs, report }) =>
        onProgress?.({
          done: step,
          total: steps,
          activity: 'training',
          step: { loss: totalLoss(report, step - 1, run.recipe.losses), leftMs },
        }),
      signal,
    });
    const { contents } = await exportRun(run, data, {
      description: {
        name: options.name,
        provenance: { generator: 'rtfq train', command: options.command, sources },
      },
      onSubnet: (done, total) => onProgress?.({ done, total, activity: 'calibrating subnets' }),
      signal,
    });
    const files = await writeModel(contents);
    return { files, steps: run.step, subnets: contents.subnets.length };
  } catch (thrown) {
    throw describeStop(thrown, sitting);
  } finally {
    disposeRun(run);
  }
}

async function readRecipe(path: string): Promise<Recipe> {
  const json = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new RtfqError('INVALID_ARGUMENT', `cannot read the recipe ${path}`, {
      got: cause.message,
      cause,
    });
  });
  return parseRecipe(json);
}

function checkResume({ resume, out }: TrainCheckpointOptions, hasRun: boolean): void {
  if (resume === hasRun) return;
  if (resume) {
    throw new RtfqError('INVALID_ARGUMENT', `${out} holds no run that could be resumed`, {
      hint: 'leave --resume out to begin one',
    });
  }
  throw new RtfqError('INVALID_ARGUMENT', `${out} already holds a run`, {
    hint: 'go on with it by --resume, or name another folder',
  });
}

function describeStop(thrown: unknown, { run }: Sitting): unknown {
  if (RtfqError.from(thrown).code !== 'ABORTED') return thrown;
  const { step, recipe } = run;
  return new RtfqError('ABORTED', `training was stopped after step ${step} of ${recipe.steps}`, {
    hint: 'a checkpoint was saved: the same command with --resume goes on from there',
    cause: thrown,
  });
}
