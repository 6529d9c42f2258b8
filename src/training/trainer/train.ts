import { throwIfAborted } from '../../errors.ts';
import { chunksOf } from '../postTraining/calibration.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { randomStream } from '../sandwich/randomStream.ts';
import { sampleSubnets } from '../sandwich/sampling.ts';
import { adaptationFactor, learningRateFactor } from '../sandwich/schedule.ts';
import { isTeacherAsked, type ShardPictures } from '../sandwich/shard.ts';
import type { ShardEngine } from '../sandwich/shardEngine.ts';
import { type StepReport, sandwichStep } from '../sandwich/step.ts';
import { batchRequests, centreViews } from './batchRequests.ts';
import type { PictureRequest, TrainingData } from './data.ts';
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

/** Where each step's losses go. */
export interface RunLog {
  /** Called after each step; training waits for it. */
  append(record: LogRecord): Promise<void>;
}

/** How far training has come. */
export interface TrainProgress {
  readonly step: number;
  readonly steps: number;
  /** Estimated from the latest steps. */
  readonly leftMs: number;
  readonly report: StepReport;
}

/** For `train`. */
export interface TrainOptions {
  /** Of the run's trainee; shards are computed here when it is absent. The result is the same. */
  readonly engine?: ShardEngine | undefined;
  readonly checkpoints?: CheckpointStore | undefined;
  /** Steps from one checkpoint to the next; one is saved at the end and on an abort as well. */
  readonly checkpointEvery?: number | undefined;
  readonly log?: RunLog | undefined;
  /** Called after each step. */
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
  const { engine, checkpoints, log, onProgress, signal, now = () => performance.now() } = options;
  const { recipe } = run;
  const checkpointEvery = options.checkpointEvery ?? defaultCheckpointEvery;
  const clock = new StepClock();
  let savedStep = run.step;
  const save = async () => {
    if (checkpoints === undefined || savedStep === run.step) return;
    await checkpoints.save(await encodeRun(run));
    savedStep = run.step;
  };
  // Nothing is decoded for a step that never comes: the run may be at its end.
  const prefetchStep = (step: number) => (step < recipe.steps ? prefetch(run, data, step) : null);
  let coming = prefetchStep(run.step);
  try {
    while (run.step < recipe.steps) {
      throwIfAborted(signal);
      const startMs = now();
      const loaded = (await coming)!;
      // The next pictures are decoded while this step computes.
      coming = prefetchStep(run.step + 1);
      const rateFactor = learningRateFactor(run.step, recipe.steps, recipe.optimiser.schedule);
      const { subnets, adaptation, shards } = loaded;
      const report = await sandwichStep(run.trainee, recipe, shards, {
        subnets,
        rateFactor,
        adaptation,
        engine,
        signal,
      });
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
  readonly adaptation: number;
  readonly shards: readonly ShardPictures[];
}

/** A failure is thrown to whoever awaits the pictures, if anybody still does. */
function prefetch(run: Run, data: TrainingData, step: number): Promise<LoadedStep> {
  const loading = loadStep(run, data, step);
  loading.catch(() => {});
  return loading;
}

async function loadStep({ recipe }: Run, data: TrainingData, step: number): Promise<LoadedStep> {
  const subnets = sampleSubnets(recipe, randomStream(recipe.seed, 'subnets', step));
  const teacherSide = teacherSubnet(recipe).resolution;
  const resolutions = [...new Set([...subnets.map(({ resolution }) => resolution), teacherSide])];
  const adaptation = adaptationFactor(step, recipe.losses.adaptation);
  const hasOwnView =
    recipe.teacher.view === 'centre' && isTeacherAsked(recipe, { subnets, adaptation });
  const sourceRequests = cut(batchRequests(recipe, 'source', step, data.source.count), recipe);
  const targetRequests = cut(batchRequests(recipe, 'target', step, data.target.count), recipe);
  const shards = sourceRequests.map(async (requests, k): Promise<ShardPictures> => {
    const [source, target, targetForTeacher] = await Promise.all([
      data.source.load(requests, resolutions),
      data.target.load(targetRequests[k]!, resolutions),
      hasOwnView ? data.target.load(centreViews(recipe, targetRequests[k]!), [teacherSide]) : null,
    ]);
    return {
      source,
      sourceLabels: requests.map(({ index }) => data.source.labelOf(index)),
      target,
      targetForTeacher,
    };
  });
  return { subnets, adaptation, shards: await Promise.all(shards) };
}

/** A step's pictures of one domain, in shards. */
function cut(
  requests: readonly PictureRequest[],
  { batch }: Pick<Recipe, 'batch'>,
): readonly (readonly PictureRequest[])[] {
  return chunksOf(requests, requests.length / batch.shards);
}
