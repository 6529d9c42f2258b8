import { availableParallelism } from 'node:os';
import type { TrainingData } from '../trainer/data.ts';
import type { Run } from '../trainer/run.ts';
import { type TrainOptions, train } from '../trainer/train.ts';
import { ShardPool } from './shardPool.ts';

export interface ThreadedTrainOptions extends Omit<TrainOptions, 'engine'> {
  /** One per core when absent, and at most one per shard. 1: no thread but this one. */
  readonly workers?: number | undefined;
}

/** `train`, with worker threads that have ended when it has. @throws what `train` and `ShardPool` throw */
export async function trainInThreads(
  run: Run,
  data: TrainingData,
  { workers = availableParallelism(), ...options }: ThreadedTrainOptions,
): Promise<void> {
  const { recipe, trainee } = run;
  const threads = Math.min(workers, recipe.batch.shards);
  if (threads === 1 || run.step === recipe.steps) return train(run, data, options);
  const pool = await ShardPool.open(trainee, recipe, { workers: threads, signal: options.signal });
  try {
    await train(run, data, { ...options, engine: pool });
  } finally {
    await pool.close();
  }
}
