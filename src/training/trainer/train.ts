import * as tf from '@tensorflow/tfjs';
import { throwIfAborted } from '../../errors.ts';
import { randomStream } from '../sandwich/randomStream.ts';
import { sampleSubnets } from '../sandwich/sampling.ts';
import { learningRateFactor } from '../sandwich/schedule.ts';
import {
  type ImagesByResolution,
  type StepBatch,
  type StepReport,
  sandwichStep,
} from '../sandwich/step.ts';
import { batchRequests } from './batchRequests.ts';
import type { PicturesByResolution, TrainingData } from './data.ts';
import { type Run, teacherSubnet } from './run.ts';
import { encodeRun } from './runState.ts';
import { StepClock } from './stepClock.ts';

/** Where a run is kept between sittings. */
export interface CheckpointStore {
  /** Replaces what was saved before, in one go: whatever happens, one of the two is there, whole. */
  save(bytes: Uint8Array): Promise<void>;
}

/** One line of the run log. */
export interface LogRecord extends StepReport {
  /** Steps done, this one among them. */
  readonly step: number;
  /** What the schedule multiplied the learning rates with. */
  readonly rateFactor: number;
  readonly durationMs: number;
}

export interface RunLog {
  append(record: LogRecord): Promise<void>;
}

export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  /** Estimated from the latest steps. */
  readonly leftMs: number;
  readonly report: StepReport;
}

export interface TrainOptions {
  readonly checkpoints?: CheckpointStore | undefined;
  /** Steps from one checkpoint to the next; one is saved at the end and on an abort as well. */
  readonly checkpointEvery?: number | undefined;
  readonly log?: RunLog | undefined;
  readonly onProgress?: ((progress: TrainProgress) => void) | undefined;
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds from any beginning. */
  readonly now?: (() => number) | undefined;
}

const defaultCheckpointEvery = 100;

/**
 * Trains a run to the end of its recipe, from wherever it is. Runs that were saved and decoded in between
 * end with the same bits as one that was not interrupted, on the same backend.
 * @throws RtfqError `ABORTED` after a checkpoint of the last whole step was saved; what data, checkpoint
 *   store and log throw
 */
export async function train(
  run: Run,
  data: TrainingData,
  options: TrainOptions = {},
): Promise<void> {
  const { checkpoints, log, onProgress, signal, now = () => performance.now() } = options;
  const { recipe } = run;
  const checkpointEvery = options.checkpointEvery ?? defaultCheckpointEvery;
  const clock = new StepClock();
  let savedStep = run.step;
  const save = async () => {
    if (checkpoints === undefined || savedStep === run.step) return;
    await checkpoints.save(await encodeRun(run));
    savedStep = run.step;
  };
  let coming = prefetch(run, data, run.step);
  try {
    while (run.step < recipe.steps) {
      throwIfAborted(signal);
      const startMs = now();
      const loaded = await coming;
      // The next pictures are decoded while this step computes.
      if (run.step + 1 < recipe.steps) coming = prefetch(run, data, run.step + 1);
      const rateFactor = learningRateFactor(run.step, recipe.steps, recipe.optimiser.schedule);
      const report = await takeStep(run, loaded, rateFactor, signal);
      run.step++;
      const durationMs = now() - startMs;
      clock.add(durationMs);
      await log?.append({ step: run.step, rateFactor, durationMs, ...report });
      if (run.step % checkpointEvery === 0 || run.step === recipe.steps) await save();
      const leftMs = clock.meanMs() * (recipe.steps - run.step);
      onProgress?.({ step: run.step, steps: recipe.steps, leftMs, report });
    }
  } catch (thrown) {
    if (signal?.aborted) await save();
    throw thrown;
  }
}

interface LoadedStep {
  readonly subnets: ReturnType<typeof sampleSubnets>;
  readonly source: PicturesByResolution;
  readonly sourceLabels: readonly number[];
  readonly target: PicturesByResolution;
}

/** A failure is thrown to whoever awaits the pictures, if anybody still does. */
function prefetch(run: Run, data: TrainingData, step: number): Promise<LoadedStep> {
  const loading = loadStep(run, data, step);
  loading.catch(() => {});
  return loading;
}

async function loadStep({ recipe }: Run, data: TrainingData, step: number): Promise<LoadedStep> {
  const subnets = sampleSubnets(recipe, randomStream(recipe.seed, 'subnets', step));
  const resolutions = [
    ...new Set([...subnets, teacherSubnet(recipe)].map(({ resolution }) => resolution)),
  ];
  const sourceRequests = batchRequests(recipe, 'source', step, data.source.count);
  const targetRequests = batchRequests(recipe, 'target', step, data.target.count);
  const [source, target] = await Promise.all([
    data.source.load(sourceRequests, resolutions),
    data.target.load(targetRequests, resolutions),
  ]);
  const sourceLabels = sourceRequests.map(({ index }) => data.source.labelOf(index));
  return { subnets, source, sourceLabels, target };
}

async function takeStep(
  { recipe, trainee }: Run,
  { subnets, source, sourceLabels, target }: LoadedStep,
  rateFactor: number,
  signal: AbortSignal | undefined,
): Promise<StepReport> {
  const batch: StepBatch = { source: upload(source), sourceLabels, target: upload(target) };
  try {
    return await sandwichStep(trainee, recipe, batch, { subnets, rateFactor, signal });
  } finally {
    tf.dispose([...batch.source.values(), ...batch.target.values()]);
  }
}

function upload(pictures: PicturesByResolution): ImagesByResolution {
  return new Map(
    [...pictures].map(([side, bytes]) => {
      const count = bytes.length / (side * side * 3);
      return [side, tf.tensor4d(new Int32Array(bytes), [count, side, side, 3], 'int32')];
    }),
  );
}
