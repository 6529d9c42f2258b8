import { RtfqError } from '../../errors.ts';
import type { Recipe } from '../recipe/recipe.ts';
import { clipFactor, type Gradients, globalNorm, meanGradients } from './gradients.ts';
import { meanLosses } from './meanLosses.ts';
import type { Optimiser } from './optimiser.ts';
import type { ShardLosses, ShardModel, ShardOptions, ShardPictures } from './shard.ts';
import { localShards, type ShardEngine } from './shardEngine.ts';

/** All that changes while a supernet is trained. */
export interface Trainee extends ShardModel {
  readonly optimiser: Optimiser;
}

/** Means over the step's shards. */
export interface StepReport extends ShardLosses {
  /** Of all gradients but those of quantization steps, before clipping. */
  readonly gradientNorm: number;
}

export interface StepOptions extends ShardOptions {
  readonly rateFactor: number;
  /** Of the trainee; the shards are computed here when it is absent. */
  readonly engine?: ShardEngine | undefined;
}

/**
 * One step of SandwichQ on the shards of a batch. The gradients' mean over the shards, clipped by its
 * global norm where SGD gets it, is applied once; then the teacher follows. With the same shards the
 * step has the same result wherever they were computed.
 * @throws RtfqError `ABORTED`, with nothing changed; `INTERNAL` where a gradient is not finite; what the
 *   engine throws
 */
export async function sandwichStep(
  trainee: Trainee,
  recipe: Recipe,
  shards: readonly ShardPictures[],
  { rateFactor, engine = localShards(trainee, recipe), ...options }: StepOptions,
): Promise<StepReport> {
  const { supernet, optimiser, teacher } = trainee;
  const results = await engine.compute(shards, options);
  const losses = meanLosses(results);
  const gradients = meanGradients(results.map((result) => result.gradients));
  const gradientNorm = normOfClipped(trainee, gradients);
  if (!Number.isFinite(gradientNorm)) {
    throw new RtfqError('INTERNAL', 'training diverged: a gradient is not finite', {
      got: JSON.stringify(losses.subnets),
      hint: 'lower optimiser.weights.learningRate or optimiser.clipNorm',
    });
  }
  await optimiser.apply(supernet, gradients, {
    rateFactor,
    gradientFactor: clipFactor(gradientNorm, recipe.optimiser.clipNorm),
  });
  teacher.follow(recipe.teacher.momentum);
  return { ...losses, gradientNorm };
}

function normOfClipped({ supernet }: Trainee, gradients: Gradients): number {
  const clipped = [...gradients].filter(([name]) => supernet.parameters.get(name)!.kind !== 'step');
  return globalNorm(clipped.map(([, values]) => values));
}
